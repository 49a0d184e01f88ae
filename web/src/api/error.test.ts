import { expect, test } from 'vitest';
import { ApiError, sentence } from './error';

test('what waits for a second person is not taken for done', () => {
  const approval = { id: 'a1', summary: 'Disconnect contoso' };
  expect(ApiError.waiting({ approval }, new Response(null, { status: 202 }))?.approval?.id).toBe('a1');
  expect(ApiError.waiting({ feeds: [] }, new Response(null, { status: 202 }))).toBeUndefined();
  expect(ApiError.waiting({ approval }, new Response(null, { status: 200 }))).toBeUndefined();
  expect(ApiError.waiting(undefined, new Response(null, { status: 204 }))).toBeUndefined();
});

test('a refusal begins as a sentence does, and a name stays as it is typed', () => {
  const body = { error: { code: 'conflict', message: 'this needs a second person', hint: 'invite one' } };
  const e = ApiError.from(body, new Response(null, { status: 409 }));
  expect([e.message, e.hint]).toEqual(['This needs a second person', 'Invite one']);
  for (const said of ['public_url is an address', 'query.rows is too low', 'nightjar serve runs', '"a" is no role']) {
    expect(sentence(said)).toBe(said);
  }
});
