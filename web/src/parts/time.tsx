import { text } from '../text';
import { useNow } from '../time/clock';
import { type Detail, formatAge, formatTime, iso } from '../time/format';
import { useZone } from '../time/zone';

// Two clocks differ by seconds, and what just happened is not in the future.
const minute = 60_000;

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

// Age tells how long ago something was by Nightjar's clock; what people do
// (sign in, make tokens) goes by the wall's.
export function Age({ value, wall }: { value?: string | undefined; wall?: boolean }) {
  const at = useNow();
  const now = wall ? Date.now() : at;
  const { zone } = useZone();
  if (!value) return <span className="nj-dim">{text.time.never}</span>;
  const away = now - Date.parse(value);
  return (
    <time dateTime={iso(value)} title={formatTime(value, zone)}>
      {away > -minute ? text.time.ago(formatAge(Math.max(0, away))) : text.time.ahead(formatAge(-away))}
    </time>
  );
}
