import { Button, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Schemas } from '../../api/client';
import { text } from '../../text';
import { useClock } from '../../time/clock';
import { formatTime } from '../../time/format';
import { lastSpan, lengthOf } from '../../time/span';
import { useZone } from '../../time/zone';
import { useAddress } from './hooks';
import { type Gap, joined, type Rate, tail } from './tail';

const t = text.search;

// LiveButton counts what arrives while it is on; a click moves the span to
// now. Rows never move under the pointer by themselves.
export function LiveButton({ asked }: { asked: Schemas['SearchBase'] }) {
  const [on, setOn] = useState(false);
  const [count, setCount] = useState(0);
  const [gap, setGap] = useState<Gap>();
  const [rate, setRate] = useState<Rate>();
  const [broken, setBreak] = useState<[from: number, to: number] | 'ended'>();
  const { zone } = useZone();
  const { address, change } = useAddress();
  const clock = useClock();
  const { table, tenants } = asked;
  useEffect(() => {
    if (!on) return;
    const params = new URLSearchParams({ table });
    for (const id of tenants ?? []) params.append('tenant', id);
    setBreak(undefined);
    const stop = tail(`/api/v1/events/tail?${params}`, () => clock.now(), {
      events: (n) => setCount((before) => before + n),
      gap: (gap) => {
        setCount((n) => n + gap.count);
        setGap((now) => (now ? joined(now, gap) : gap));
      },
      rate: setRate,
      interrupted: (from, to) => setBreak([from, to]),
      ended: () => {
        setOn(false);
        setBreak('ended');
      },
    });
    return () => {
      stop();
      setGap(undefined);
      setRate(undefined);
    };
  }, [on, table, tenants, clock]);
  const show = () => {
    setCount(0);
    setBreak(undefined);
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
      {broken && (on || broken === 'ended') && (
        <Text size="sm" role="status">
          {broken === 'ended'
            ? t.liveEnded
            : t.liveBroken(formatTime(broken[0], zone, 'clock'), formatTime(broken[1], zone, 'clock'))}
        </Text>
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
