import { notify } from '../../text/notify';
import type { Route } from './query';

const t = notify.routes;

// moved is a list in which one entry went elsewhere.
export function moved<T>(all: readonly T[], from: number, to: number): T[] {
  const next = [...all];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

export const hours = (seconds: number) => Math.round((seconds / 3600) * 10) / 10;

// lines are the entries of a list that is typed one a line.
export const lines = (typed: string) => typed.split('\n').flatMap((l) => l.trim() || []);

// conditions are what a route asks of an alert, each as words.
export function conditions(r: Route, tenantName: (id: string) => string): string[] {
  const list = (name: string, all: string[] | undefined) => (all?.length ? [`${name}: ${all.join(', ')}`] : []);
  const found = [
    ...list(
      t.severities,
      r.severities?.map((s) => notify.severity[s]),
    ),
    ...list(t.tenants, r.tenants?.map(tenantName)),
    ...list(t.packs, r.packs),
    ...list(t.tags, r.tags),
    ...list(t.rules, r.rules),
  ];
  return found.length > 0 ? found : [t.everything];
}

// pruned leaves out what says nothing, so that a route that was only looked at
// stays as it was.
export function pruned(r: Route): Route {
  const kept = Object.entries(r).filter(
    ([key, v]) => key === 'channels' || (v !== undefined && v !== '' && !(Array.isArray(v) && v.length === 0)),
  );
  return Object.fromEntries(kept) as Route;
}
