import { expect, test } from 'vitest';
import { queryCommand, quoted } from './command';

const span = { from: '2026-11-01T00:00:00Z', to: '2026-11-01T01:00:00Z' };

test('nothing in a copied command is run by the shell', () => {
  expect(quoted("a'$(rm -rf ~)`x`")).toBe("'a'\\''$(rm -rf ~)`x`'");
});

test('a copied command asks about the span that is on the screen', () => {
  const sql = 'SELECT tbucket({{bucket}}, time) AS b FROM exchange WHERE time >= {{from}} AND time < {{to}}';
  const said = queryCommand(sql, ['t1'], span);
  expect(said).toContain('nightjar query --tenant t1 ');
  expect(said).toContain("INTERVAL '\\''60 seconds'\\''");
  expect(said).toContain("TIMESTAMP '\\''2026-11-01 01:00:00'\\''");
  expect(said).not.toContain('{{');
});
