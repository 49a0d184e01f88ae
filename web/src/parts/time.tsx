import { useEffect, useState } from 'react';
import { text } from '../text';
import { type Detail, formatAge, formatTime, iso } from '../time/format';
import { useZone } from '../time/zone';

// Time shows an instant; hovering tells it in the other zone, and copying
// gives ISO 8601.
export function Time({ value, detail = 'second' }: { value?: string | undefined; detail?: Detail }) {
  const { zone } = useZone();
  if (!value) return <span className="nj-dim">{text.time.never}</span>;
  const other = zone === 'utc' ? 'local' : 'utc';
  return (
    <time dateTime={iso(value)} title={`${formatTime(value, zone)}\n${formatTime(value, other)}`}>
      {formatTime(value, zone, detail)}
    </time>
  );
}

// useNow ticks, so that ages on the screen do not stand still.
export function useNow(every = 5_000): number {
  const [now, set] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

export function Age({ value }: { value?: string | undefined }) {
  const now = useNow();
  const { zone } = useZone();
  if (!value) return <span className="nj-dim">{text.time.never}</span>;
  const away = now - Date.parse(value);
  return (
    <time dateTime={iso(value)} title={formatTime(value, zone)}>
      {away >= 0 ? text.time.ago(formatAge(away)) : text.time.ahead(formatAge(-away))}
    </time>
  );
}
