// How times are written: in the viewer's zone with its offset, or in UTC; in
// copies always as ISO 8601 in UTC.

export type Zone = 'local' | 'utc';

export type Detail = 'second' | 'minute' | 'day' | 'clock';

const cache = new Map<Zone, Intl.DateTimeFormat>();

function formatter(zone: Zone): Intl.DateTimeFormat {
  let f = cache.get(zone);
  if (!f) {
    f = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone === 'utc' ? 'UTC' : undefined,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
    cache.set(zone, f);
  }
  return f;
}

function pieces(at: Date, zone: Zone): Record<string, string> {
  const p: Record<string, string> = {};
  for (const part of formatter(zone).formatToParts(at)) p[part.type] = part.value;
  return p;
}

export function offsetOf(at: Date, zone: Zone): string {
  if (zone === 'utc') return 'UTC';
  const minutes = -at.getTimezoneOffset();
  const abs = Math.abs(minutes);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${minutes < 0 ? '−' : '+'}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
}

export function formatTime(value: string | Date | number, zone: Zone, detail: Detail = 'second'): string {
  const at = value instanceof Date ? value : new Date(value);
  if (Number.isNaN(at.getTime())) return String(value);
  const p = pieces(at, zone);
  const day = `${p.year}-${p.month}-${p.day}`;
  if (detail === 'day') return day;
  const clock = `${p.hour}:${p.minute}${detail === 'minute' ? '' : `:${p.second}`}`;
  if (detail === 'clock') return clock;
  return `${day} ${clock} ${offsetOf(at, zone)}`;
}

// iso is how a time is copied and sent: UTC, without the milliseconds that are zero.
export function iso(value: Date | number | string): string {
  return new Date(value).toISOString().replace(/\.000Z$/, 'Z');
}

// formatAge says how long something lasts or is past in the largest unit that
// is not misleading: "45 s", "12 min", "3 h", "5 d".
export function formatAge(milliseconds: number): string {
  const s = Math.max(0, Math.round(milliseconds / 1000));
  if (s < 90) return `${s} s`;
  const min = Math.round(s / 60);
  if (min < 90) return `${min} min`;
  const h = Math.round(min / 60);
  if (h < 48) return `${h} h`;
  return `${Math.round(h / 24)} d`;
}

// forInput is the value of <input type="datetime-local"> for an instant.
export function forInput(value: string, zone: Zone): string {
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) return '';
  const p = pieces(at, zone);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second}`;
}

// fromInput reads such a value in the zone that it was shown in; undefined
// when it is not a time.
export function fromInput(value: string, zone: Zone): string | undefined {
  if (!value) return undefined;
  const at = new Date(zone === 'utc' ? `${value}Z` : value);
  return Number.isNaN(at.getTime()) ? undefined : iso(at);
}
