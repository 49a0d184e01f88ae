import { alerts as t } from '../../text/alerts';
import type { Alert } from './query';

// StatusOf says where an alert stands, and that it left the list meanwhile.
export function StatusOf({ alert: a, gone }: { alert: Alert; gone?: boolean }) {
  const word = a.disposition ? `${t.status[a.status]}, ${t.disposition[a.disposition]}` : t.status[a.status];
  return (
    <span>
      {word}
      {a.silence && ` · ${t.silenced}`}
      {gone && a.status !== 'closed' && <span className="nj-dim"> ({t.goneRow})</span>}
    </span>
  );
}
