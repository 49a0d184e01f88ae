import { expect, test } from 'vitest';
import { idOf, readFile, writeFile } from './draft';
import { barsOf, linesOf } from './shape';

const answer = (columns: [string, string][], rows: unknown[][]) => ({
  columns: columns.map(([name, type]) => ({ name, type })),
  rows,
  stats: { rows: rows.length, segments: 1, segments_total: 1, elapsed_ms: 1 },
  truncated: false,
});

test('a third column makes a line each, with zero where one has no row', () => {
  const { times, series } = linesOf(
    answer(
      [
        ['bucket', 'TIMESTAMP'],
        ['n', 'BIGINT'],
        ['operation', 'VARCHAR'],
      ],
      [
        ['2026-11-01T01:00:00Z', 3, 'a'],
        ['2026-11-01T00:00:00Z', 1, 'a'],
        ['2026-11-01T01:00:00Z', '9', 'b'],
      ],
    ),
  );
  expect(times).toEqual([Date.parse('2026-11-01T00:00:00Z'), Date.parse('2026-11-01T01:00:00Z')]);
  expect(series).toEqual([
    { name: 'a', values: [1, 3] },
    { name: 'b', values: [0, 9] },
  ]);
});

test('a bar is as long as the first number beside its name', () => {
  const columns: [string, string][] = [
    ['name', 'VARCHAR'],
    ['country', 'VARCHAR'],
    ['n', 'BIGINT'],
  ];
  expect(barsOf(answer(columns, [['x', 'DE', 4]]))).toEqual([{ name: 'x', value: 4 }]);
});

test('a dashboard comes back from its file', () => {
  const d = {
    id: 'mine',
    title: 'Mine',
    ready: false,
    panels: [{ title: 'p', sql: 'SELECT 1 AS n', kind: 'number' as const }],
  };
  expect(readFile(writeFile(d as never))).toEqual({ id: 'mine', input: { title: 'Mine', panels: d.panels } });
});

test('what is no dashboard is refused, and a bad id is made anew from the title', () => {
  for (const wrong of ['', '[]', '{}', 'null', '{"title":1,"panels":[]}', '{"title":"???","panels":[]}'])
    expect(readFile(wrong)).toBeUndefined();
  expect(readFile('{"id":"../etc","title":"Über uns!","panels":[]}')?.id).toBe('u-ber-uns');
  expect(idOf('Sign-ins, 2026')).toBe('sign-ins-2026');
});
