import type { Schemas } from '../../api/client';
import { hour } from '../../time/span';

export type Heat = 'none' | 'done' | 'part' | 'lost';

export type Cell = { at: number; heat: Heat; hour: Schemas['Hour'] | undefined };

// heatOf is the worst that can be said of an hour.
export function heatOf(h: Schemas['Hour'] | undefined): Heat {
  if (!h || h.listed === 0) return 'none';
  if (h.lost > 0 || h.quarantined > 0) return 'lost';
  return h.pending > 0 ? 'part' : 'done';
}

// cellsOf spreads the hours of a feed over a span, the empty ones included:
// an hour in which nothing was listed is seen too.
export function cellsOf(feed: Schemas['FeedCoverage'], from: string, to: string): Cell[] {
  const known = new Map(feed.hours.map((h) => [h.hour ? Date.parse(h.hour) : 0, h]));
  const cells: Cell[] = [];
  const first = Math.floor(Date.parse(from) / hour) * hour;
  for (let at = first; at < Date.parse(to) && cells.length < 24 * 62; at += hour) {
    const h = known.get(at);
    cells.push({ at, heat: heatOf(h), hour: h });
  }
  return cells;
}
