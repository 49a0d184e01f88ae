import type { Schemas } from '../../api/client';
import type { Alert } from './query';

export type Change = Schemas['AlertChange'];

// undoing is what takes a change back, given the alerts before and after it; none
// when it cannot be taken back: an acknowledgement was seen, a comment was read.
export function undoing(change: Change, before: readonly Alert[], after: readonly Alert[]): Change[] {
  const now = new Map(after.map((a) => [a.id, a]));
  // Only what the change made other than it was, and nobody touched since.
  const changed = before.filter((a) => now.get(a.id) && now.get(a.id)?.version !== a.version);
  const to = (of: Alert[], change: Omit<Change, 'ids' | 'versions'>, versions = true): Change[] =>
    of.length === 0
      ? []
      : [
          {
            ...change,
            ids: of.map((a) => a.id),
            ...(versions ? { versions: Object.fromEntries(of.map((a) => [a.id, now.get(a.id)?.version ?? 0])) } : {}),
          },
        ];
  switch (change.action) {
    case 'assign':
      return groups(changed, (a) => a.assignee ?? '').flatMap(([assignee, of]) =>
        to(of, { action: 'assign', assignee }),
      );
    case 'severity':
      return groups(changed, (a) => (a.severity_by ? a.severity : '')).flatMap(([severity, of]) =>
        to(of, { action: 'severity', ...(severity ? { severity: severity as Alert['severity'] } : {}) }),
      );
    case 'close': {
      const opened = changed.filter((a) => a.status !== 'closed');
      const acknowledged = opened.filter((a) => a.status === 'acknowledged');
      return [
        ...to(opened, { action: 'reopen' }),
        // Reopening made them new, and of another version.
        ...to(acknowledged, { action: 'acknowledge' }, false),
        ...groups(
          changed.filter((a) => a.status === 'closed'),
          (a) => a.disposition ?? '',
        ).flatMap(([d, of]) => to(of, { action: 'close', disposition: d as Schemas['Disposition'] })),
      ];
    }
    case 'reopen':
      return groups(changed, (a) => a.disposition ?? '').flatMap(([d, of]) =>
        to(of, { action: 'close', disposition: d as Schemas['Disposition'] }),
      );
    default:
      return [];
  }
}

function groups(all: readonly Alert[], by: (a: Alert) => string): [string, Alert[]][] {
  const found = new Map<string, Alert[]>();
  for (const a of all) found.set(by(a), [...(found.get(by(a)) ?? []), a]);
  return [...found];
}
