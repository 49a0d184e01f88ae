import type { Alert } from './query';

// A queue changes while somebody works in it. Rows keep their places under the
// cursor: what is new waits until it is asked for, and what left stays, marked.

export type Held = { rows: Alert[]; fresh: number; moved: boolean; gone: ReadonlySet<string> };

// hold puts what just arrived into the order that is on the screen. changed are
// alerts as they are after somebody changed them here, which the list may lack.
export function hold(order: readonly string[], known: ReadonlyMap<string, Alert>, arrived: readonly Alert[]): Held {
  const now = new Map(arrived.map((a) => [a.id, a]));
  const held = new Set(order);
  const rows: Alert[] = [];
  const gone = new Set<string>();
  for (const id of order) {
    const here = now.get(id);
    const before = known.get(id);
    if (!here) gone.add(id);
    const row = newer(here, before);
    if (row) rows.push(row);
  }
  const stayed = arrived.filter((a) => held.has(a.id)).map((a) => a.id);
  const kept = order.filter((id) => now.has(id));
  return {
    rows,
    fresh: arrived.filter((a) => !held.has(a.id)).length,
    moved: gone.size > 0 || stayed.some((id, i) => id !== kept[i]),
    gone,
  };
}

// newer is the one of two states of an alert that somebody changed last; of the
// same version the first, for it has the newer counts.
function newer(a: Alert | undefined, b: Alert | undefined): Alert | undefined {
  if (!a || !b) return a ?? b;
  return b.version > a.version ? b : a;
}
