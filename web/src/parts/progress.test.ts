import { expect, test } from 'vitest';
import type { Schemas } from '../api/client';
import { ApiError } from '../api/error';
import { progress } from './progress';

type Export = Schemas['Export'];

const begun: Export = { id: 'a', url: '/a', name: 'a.csv', state: 'waiting', rows: 0, rows_limit: 5 };
const away = new ApiError('unavailable', 'away');

// told follows a download of which these are the answers.
async function told(answers: (Export | ApiError)[]) {
  const rest = [...answers];
  const ask = async () => {
    const next = rest.shift() ?? away;
    if (next instanceof ApiError) throw next;
    return next;
  };
  const out: string[] = [];
  for await (const now of progress(begun, ask, async () => {})) out.push(`${now.state} ${now.rows} ${now.error ?? ''}`);
  return out;
}

test('a network that is away for a moment ends no download', async () => {
  const running: Export = { ...begun, state: 'running', rows: 3 };
  const limited = new ApiError('throttled', 'too many questions', { status: 429 });
  expect(await told([running, away, limited, { ...running, state: 'complete', rows: 9 }])).toEqual([
    'running 3 ',
    'complete 9 ',
  ]);
});

test('what does not pass is told, and so is a server that does not come back', async () => {
  expect(await told([new ApiError('not_found', 'there is no such download', { status: 404 })])).toEqual([
    'failed 0 there is no such download',
  ]);
  expect(await told([])).toEqual(['failed 0 away']);
});
