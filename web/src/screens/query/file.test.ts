import { expect, test } from 'vitest';
import { asCsv, asNdjson, cell } from './file';

const answer = {
  columns: [
    { name: 'user_id', type: 'VARCHAR' },
    { name: 'n', type: 'BIGINT' },
  ],
  rows: [
    ['=HYPERLINK("http://x")', -5],
    ['a,"b"', null],
  ],
  stats: { rows: 2, segments: 1, segments_total: 1, elapsed_ms: 1 },
  truncated: false,
};

test('a cell that a spreadsheet would run stays text', () => {
  for (const evil of ['=1+1', '+1', '-1', '@x', '\tx', '\rx', '\u0000x'])
    expect(cell(evil).replace(/^"/, '')).toMatch(/^'/);
  expect(cell(-5)).toBe('-5');
  expect(cell('plain')).toBe('plain');
});

test('commas and quotes survive in CSV', () => {
  expect(asCsv(answer)).toBe('user_id,n\r\n"\'=HYPERLINK(""http://x"")",-5\r\n"a,""b""",\r\n');
});

test('NDJSON is the rows as they are', () => {
  expect(
    asNdjson(answer)
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l)),
  ).toEqual([
    { user_id: '=HYPERLINK("http://x")', n: -5 },
    { user_id: 'a,"b"', n: null },
  ]);
});
