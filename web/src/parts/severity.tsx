import { text } from '../text';

// Severity is told by a shape, a word and a colour, so that each alone suffices.

export type Tone = 'ok' | 'info' | 'warning' | 'critical' | 'idle';

const shapes: Record<Tone, string> = {
  ok: 'M8 1.500a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13z',
  info: 'M2 2h12v12H2z',
  warning: 'M8 1.500 15 14H1z',
  critical: 'M5 1h6l4 4v6l-4 4H5l-4-4V5z',
  idle: 'M8 3.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9z',
};

export function Severity({ tone, children }: { tone: Tone; children?: React.ReactNode }) {
  return (
    <span className={`nj-severity ${tone}`}>
      <svg aria-hidden="true" width="12" height="12" viewBox="0 0 16 16">
        <path
          d={shapes[tone]}
          fill={tone === 'idle' ? 'none' : 'currentColor'}
          stroke="currentColor"
          strokeWidth="1.500"
        />
      </svg>
      <span>{children ?? text.tone[tone]}</span>
    </span>
  );
}
