import { Button, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Schemas } from '../../api/client';
import { text } from '../../text';
import { useClock } from '../../time/clock';
import { lastSpan, lengthOf } from '../../time/span';
import { useAddress } from './hooks';

const t = text.search;

// Gap is what a stream left out because it came too fast, and when that was.
export type Gap = { count: number; from: string; to: string };
type Rate = { shown: number; arrived: number };

// joined is two gaps as one, which holds both.
export function joined(a: Gap, b: Gap): Gap {
  const first = Date.parse(a.from) <= Date.parse(b.from) ? a.from : b.from;
  const last = Date.parse(a.to) >= Date.parse(b.to) ? a.to : b.to;
  return { count: a.count + b.count, from: first, to: last };
}

// LiveButton counts what arrives while it is on; a click moves the span to
// now. Rows never move under the pointer by themselves.
export function LiveButton({ asked }: { asked: Schemas['SearchBase'] }) {
  const [on, setOn] = useState(false);
  const [count, setCount] = useState(0);
  const [gap, setGap] = useState<Gap>();
  const [rate, setRate] = useState<Rate>();
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
    source.addEventListener('gap', (e) => {
      const gap = JSON.parse((e as MessageEvent<string>).data) as Gap;
      setCount((now) => now + gap.count);
      setGap((now) => (now ? joined(now, gap) : gap));
    });
    source.addEventListener('rate', (e) => setRate(JSON.parse((e as MessageEvent<string>).data) as Rate));
    return () => {
      source.close();
      setGap(undefined);
      setRate(undefined);
    };
  }, [on, table, tenants]);
  const show = () => {
    setCount(0);
    change(lastSpan(lengthOf(address), clock.now()));
  };
  return (
    <>
      {on && rate && rate.shown < rate.arrived && (
        <Text size="sm" role="status">
          {t.liveRate(rate.shown, rate.arrived)}
        </Text>
      )}
      {on && gap && (
        <Button
          variant="light"
          color="yellow"
          onClick={() => {
            setGap(undefined);
            change({ from: gap.from, to: gap.to });
          }}
        >
          {t.liveGap(gap.count)}
        </Button>
      )}
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
