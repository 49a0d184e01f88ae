import type { Schemas } from '../../api/client';
import type { Series } from '../../parts/chart';

type Answer = Schemas['QueryAnswer'];

// linesOf makes lines of an answer: its first column is a time, the second the
// value, and a third names the line. A piece of time without a row counts zero
// in each line that has rows at other times.
export function linesOf(answer: Answer): { times: number[]; series: Series[] } {
  const times = [...new Set(answer.rows.map((r) => timeOf(r[0])))]
    .filter((t) => !Number.isNaN(t))
    .sort((a, b) => a - b);
  const at = new Map(times.map((t, i) => [t, i]));
  const lines = new Map<string, number[]>();
  for (const row of answer.rows) {
    const i = at.get(timeOf(row[0]));
    if (i === undefined) continue;
    const name = answer.columns.length > 2 ? String(row[2] ?? '') : (answer.columns[1]?.name ?? '');
    let line = lines.get(name);
    if (!line) {
      line = new Array(times.length).fill(0) as number[];
      lines.set(name, line);
    }
    line[i] = numberOf(row[1]);
  }
  return { times, series: [...lines].map(([name, values]) => ({ name, values })) };
}

// barsOf makes bars: the last column that is a number is the length, the first
// column the name.
export function barsOf(answer: Answer): { name: string; value: number }[] {
  const value = answer.columns.findIndex((c, i) => i > 0 && /INT|DOUBLE|FLOAT|DECIMAL/i.test(c.type));
  return answer.rows.map((r) => ({ name: String(r[0] ?? ''), value: numberOf(r[value < 0 ? 1 : value]) }));
}

function timeOf(v: unknown): number {
  return typeof v === 'string' ? Date.parse(v) : Number.NaN;
}

export function numberOf(v: unknown): number {
  const n = typeof v === 'number' ? v : Number(v);
  return Number.isFinite(n) ? n : 0;
}
