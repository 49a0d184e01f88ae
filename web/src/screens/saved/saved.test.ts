import { expect, test } from 'vitest';
import { question, validateSearch } from '../search/address';
import { joined } from '../search/tail';
import { askedOf, inputOf, opened, type Saved } from './address';

const now = Date.parse('2026-11-22T08:00:30Z');
const kept: Saved = {
  id: 'a1',
  name: 'Failed',
  owner: 'Ada',
  mine: true,
  shared: false,
  may_change: true,
  created: '2026-11-20T00:00:00Z',
  updated: '2026-11-20T00:00:00Z',
  sql: '',
  kind: 'search',
  query: '"a b" -c',
  table: 'azure_ad',
  tenants: ['11111111-1111-4111-8111-111111111111'],
  filters: [
    { field: 'object_id', op: 'is', value: 'https://a:b' },
    { field: 'city', op: 'absent' },
  ],
  last_seconds: 3600,
};

test('a search that was saved opens as it was asked', () => {
  const { to, search } = opened(kept, now);
  expect(to).toBe('/search');
  const read = validateSearch(JSON.parse(JSON.stringify(search)));
  expect(read).toMatchObject({ from: '2026-11-22T07:01:00Z', to: '2026-11-22T08:01:00Z' });
  const { from: _, to: __, ...asked } = question({ ...read, from: read.from ?? '', to: read.to ?? '' });
  expect(askedOf({ ...asked, from: '', to: '' })).toEqual({
    kind: 'search',
    query: kept.query,
    table: kept.table,
    tenants: kept.tenants,
    filters: kept.filters,
  });
});

test('an exact span stays where it was, and SQL opens in its own screen', () => {
  const exact = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' };
  const { last_seconds: _, filters: __, table: ___, ...rest } = kept;
  expect(opened({ ...rest, ...exact, kind: 'sql', query: 'SELECT 1' }, now)).toEqual({
    to: '/query',
    search: { ...exact, tenant: kept.tenants, sql: 'SELECT 1' },
  });
});

test('what is changed goes back without what the server made', () => {
  expect(Object.keys(JSON.parse(JSON.stringify(inputOf(kept)))).sort()).toEqual(
    ['filters', 'kind', 'last_seconds', 'name', 'query', 'shared', 'table', 'tenants'].sort(),
  );
});

test('gaps of a stream grow into one that holds them all', () => {
  const a = { count: 3, from: '2026-11-22T08:00:05Z', to: '2026-11-22T08:00:06Z' };
  const b = { count: 4, from: '2026-11-22T08:00:01.5Z', to: '2026-11-22T08:00:05.5Z' };
  expect(joined(a, b)).toEqual({ count: 7, from: b.from, to: a.to });
  expect(joined(b, a)).toEqual(joined(a, b));
});
