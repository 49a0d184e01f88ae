import { expect, test } from 'vitest';
import { ApiError } from './error';

test('what waits for a second person is not taken for done', () => {
  const approval = { id: 'a1', summary: 'Disconnect contoso' };
  expect(ApiError.waiting({ approval }, new Response(null, { status: 202 }))?.approval?.id).toBe('a1');
  expect(ApiError.waiting({ feeds: [] }, new Response(null, { status: 202 }))).toBeUndefined();
  expect(ApiError.waiting({ approval }, new Response(null, { status: 200 }))).toBeUndefined();
  expect(ApiError.waiting(undefined, new Response(null, { status: 204 }))).toBeUndefined();
});
