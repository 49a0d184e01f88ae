import type { Schemas } from '../../api/client';
import { Severity } from '../../parts/severity';
import { rules as t } from '../../text/rules';

const tone = { unknown: 'idle', keep: 'ok', tune: 'warning', retire: 'critical' } as const;

// Quality is what people said of the alerts of a rule, and what follows.
export function Quality({ of: q }: { of: Schemas['RuleQuality'] | undefined }) {
  if (!q) return null;
  const closed = q.true + q.benign + q.false;
  return (
    <>
      {q.verdict !== 'unknown' && (
        <div>
          <Severity tone={tone[q.verdict]}>{t.verdict[q.verdict]}</Severity>
        </div>
      )}
      <span className="nj-dim">
        {closed === 0 ? t.qualityNone : t.quality(q.true, q.benign, q.false)}
        {q.open > 0 && `, ${t.qualityOpen(q.open)}`}
      </span>
    </>
  );
}
