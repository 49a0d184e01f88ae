import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Schemas } from '../../api/client';
import { text } from '../../text';
import { useClock } from '../../time/clock';
import { lastSpan, lengthOf } from '../../time/span';
import { useAddress } from './hooks';

const t = text.search;

// LiveButton counts what arrives while it is on; a click moves the span to
// now. Rows never move under the pointer by themselves.
export function LiveButton({ asked }: { asked: Schemas['SearchBase'] }) {
  const [on, setOn] = useState(false);
  const [count, setCount] = useState(0);
  const { address, change } = useAddress();
  const clock = useClock();
  const { table, tenants } = asked;
  useEffect(() => {
    if (!on) return;
    const params = new URLSearchParams({ table });
    for (const id of tenants ?? []) params.append('tenant', id);
    const source = new EventSource(`/api/v1/events/tail?${params}`);
    source.addEventListener('events', (e) => {
      const events = JSON.parse((e as MessageEvent<string>).data) as unknown[];
      setCount((n) => n + events.length);
    });
    source.addEventListener('skipped', (e) => {
      const n = Number.parseInt((e as MessageEvent<string>).data, 10);
      if (n > 0) setCount((now) => now + n);
    });
    return () => source.close();
  }, [on, table, tenants]);
  const show = () => {
    setCount(0);
    change(lastSpan(lengthOf(address), clock.now()));
  };
  return (
    <>
      <span role="status">
        {on && count > 0 && (
          <Button variant="light" onClick={show}>
            {t.liveNew(count)}
          </Button>
        )}
      </span>
      <Button
        variant={on ? 'light' : 'default'}
        aria-pressed={on}
        aria-label={`${t.live}: ${on ? t.liveOff : t.liveOn}`}
        onClick={() => setOn(!on)}
      >
        {t.live}
      </Button>
    </>
  );
}
