import { expect, test } from 'vitest';
import { many, one, parseSearch, stringifySearch, tenants } from './address';

test('an address reads back as it was written, whatever stands in it', () => {
  const search = {
    from: '2026-11-01T00:00:00Z',
    q: 'a & b="c" +d %41 ü',
    f: ['user_id:is:a@b.c', 'operation:is_not:x:y'],
  };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
});

test('times stay readable and what is empty is left out', () => {
  expect(stringifySearch({ from: '2026-11-01T00:00:00Z', q: undefined, table: '' })).toBe('?from=2026-11-01T00:00:00Z');
  expect(stringifySearch({})).toBe('');
});

test('a parameter that stands twice is a list, and its first is taken where one is wanted', () => {
  const search = parseSearch('?tenant=a&tenant=b&q=x&q=y');
  expect(many(search, 'tenant')).toEqual(['a', 'b']);
  expect(one(search, 'q')).toBe('x');
});

test('what is no tenant id does not get into a request', () => {
  expect(tenants({ tenant: ['x', '5e4a7fe2-fa56-42ed-fd32-51ecf8009afa'] })).toEqual([
    '5e4a7fe2-fa56-42ed-fd32-51ecf8009afa',
  ]);
  expect(tenants({ tenant: 'all' })).toBeUndefined();
});
