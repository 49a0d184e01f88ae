import { useState } from 'react';
import { remember, remembered } from '../../parts/memory';

// useTicks remembers in this browser which of an alert's steps are done.
export function useTicks(id: string): [ReadonlySet<string>, (step: string) => void] {
  const key = `steps-${id}`;
  const [ticked, set] = useState<ReadonlySet<string>>(() => read(remembered(key)));
  const tick = (step: string) => {
    const next = new Set(ticked);
    if (!next.delete(step)) next.add(step);
    remember(key, JSON.stringify([...next]));
    set(next);
  };
  return [ticked, tick];
}

function read(written: string | null): Set<string> {
  try {
    const all: unknown = JSON.parse(written ?? '[]');
    return new Set(Array.isArray(all) ? all.filter((s) => typeof s === 'string') : []);
  } catch {
    return new Set();
  }
}
