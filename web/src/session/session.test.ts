import { expect, test } from 'vitest';
import { ApiError } from '../api/error';
import { mayDo } from './me';

const me = {
  id: 'p1',
  name: 'Vera',
  kind: 'person' as const,
  grants: [],
  tenants: [],
  may: [
    { permission: 'event.read' as const, all: false, tenants: ['t1'] },
    { permission: 'status.read' as const, all: true, tenants: [] },
  ],
};

test('a right for one tenant is none for another, and none for all', () => {
  expect(mayDo(me, 'event.read')).toBe(true);
  expect(mayDo(me, 'event.read', 't1')).toBe(true);
  expect(mayDo(me, 'event.read', 't2')).toBe(false);
  expect(mayDo(me, 'event.read', 'all')).toBe(false);
  expect(mayDo(me, 'status.read', 'all')).toBe(true);
  expect(mayDo(me, 'people.manage')).toBe(false);
});

test('an error keeps what the server said, and a proxy in between is told by its status', () => {
  const said = ApiError.from(
    { error: { code: 'limit', message: 'Too much.', hint: 'Ask less.', request_id: 'r1' } },
    new Response(null, { status: 422 }),
  );
  expect([said.code, said.message, said.hint, said.requestId]).toEqual(['limit', 'Too much.', 'Ask less.', 'r1']);
  const proxy = ApiError.from('<html>', new Response(null, { status: 502 }));
  expect([proxy.code, proxy.passing]).toEqual(['unavailable', true]);
  expect(ApiError.from(undefined, new Response(null, { status: 401 })).code).toBe('unauthenticated');
});
