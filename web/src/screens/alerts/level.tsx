import { alerts as t } from '../../text/alerts';
import type { Level as Severity } from './address';

// Each level has a word, a shape and a colour, so that each alone suffices: the
// graver, the more of the shape is filled and the more corners it has.
const shapes: Record<Severity, string> = {
  critical: 'M5 1h6l4 4v6l-4 4H5l-4-4V5z',
  high: 'M8 1.500 15 14H1z',
  medium: 'M8 1l7 7-7 7-7-7z',
  low: 'M2.500 2.500h11v11h-11z',
  informational: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3z',
};

const filled = new Set<Severity>(['critical', 'high', 'medium']);

const tones: Record<Severity, string> = {
  critical: 'critical',
  high: 'critical',
  medium: 'warning',
  low: 'info',
  informational: 'idle',
};

export function Level({ of, children }: { of: Severity; children?: React.ReactNode }) {
  return (
    <span className={`nj-severity ${tones[of]}`}>
      <svg aria-hidden="true" width="12" height="12" viewBox="0 0 16 16">
        <path
          d={shapes[of]}
          fill={filled.has(of) ? 'currentColor' : 'none'}
          stroke="currentColor"
          strokeWidth="1.500"
          strokeLinejoin="round"
        />
      </svg>
      <span>{children ?? t.severity[of]}</span>
    </span>
  );
}
