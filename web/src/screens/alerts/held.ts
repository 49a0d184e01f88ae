import { useCallback, useEffect, useMemo, useState } from 'react';
import { hold } from './hold';
import type { Alert } from './query';

type Arrived = { pages: { items: Alert[] }[] } | undefined;

// useHeld keeps the order of what is listed while somebody is busy in it. of
// names the question: another one has another order.
export function useHeld(data: Arrived, of: string, busy: () => boolean) {
  const arrived = useMemo(() => data?.pages.flatMap((p) => p.items) ?? [], [data]);
  const [order, setOrder] = useState<{ of: string; ids: string[]; pages: number }>();
  const [known, setKnown] = useState<ReadonlyMap<string, Alert>>(new Map());
  const pages = data?.pages.length ?? 0;
  const accept = useCallback(() => {
    setKnown(new Map(arrived.map((a) => [a.id, a])));
    setOrder({ of, ids: arrived.map((a) => a.id), pages });
  }, [arrived, of, pages]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is about what arrives, not about what it sets
  useEffect(() => {
    if (!data) return;
    if (order?.of !== of || !busy()) return accept();
    // What leaves the list later is shown as it was last.
    setKnown((before) => {
      const next = new Map(before);
      for (const a of arrived) {
        const old = next.get(a.id);
        if (!old || old.version <= a.version) next.set(a.id, a);
      }
      return next;
    });
    if (pages > order.pages) {
      const held = new Set(order.ids);
      const more = data.pages.slice(order.pages).flatMap((p) => p.items.filter((a) => !held.has(a.id)));
      setOrder({ of, ids: [...order.ids, ...more.map((a) => a.id)], pages });
    }
  }, [data, of]);
  const held = useMemo(
    () => hold(order?.of === of ? order.ids : arrived.map((a) => a.id), known, arrived),
    [order, of, known, arrived],
  );
  const told = useCallback((after: readonly Alert[]) => {
    setKnown((before) => new Map([...before, ...after.map((a) => [a.id, a] as const)]));
  }, []);
  return { ...held, accept, told };
}
