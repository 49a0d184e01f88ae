import { expect, test } from 'vitest';
import { emptyCredential, inputOf, looksLikeId } from './credential';
import { cellsOf, heatOf } from './hours';
import { expiryTone } from './tone';

const quiet = {
  listed: 0,
  pending: 0,
  done: 0,
  quarantined: 0,
  lost: 0,
  events: 0,
  stored: 0,
  duplicates: 0,
  filtered: 0,
  refused: 0,
};

test('an hour is as bad as the worst in it', () => {
  expect(heatOf(undefined)).toBe('none');
  expect(heatOf({ ...quiet, listed: 2, done: 2 })).toBe('done');
  expect(heatOf({ ...quiet, listed: 2, done: 1, pending: 1 })).toBe('part');
  expect(heatOf({ ...quiet, listed: 2, pending: 1, lost: 1 })).toBe('lost');
  expect(heatOf({ ...quiet, listed: 2, done: 1, quarantined: 1 })).toBe('lost');
});

test('hours in which nothing was listed are seen too', () => {
  const feed = {
    feed: 'Audit.Exchange' as const,
    total: quiet,
    hours: [{ ...quiet, hour: '2026-11-01T02:00:00Z', listed: 1, done: 1 }],
    gaps: [],
    quarantine: [],
  };
  const cells = cellsOf(feed, '2026-11-01T00:30:00Z', '2026-11-01T04:00:00Z');
  expect(cells.map((c) => c.heat)).toEqual(['none', 'none', 'done', 'none']);
});

test('a credential sends the fields of its kind alone', () => {
  const draft = {
    ...emptyCredential,
    secret: 's3cret',
    certificate: 'CERT',
    privateKey: 'KEY',
    tokenFile: '/t',
    expires: '2027-01-31',
  };
  expect(inputOf({ ...draft, kind: 'secret' })).toEqual({
    kind: 'secret',
    secret: 's3cret',
    secret_expires: '2027-01-31T00:00:00Z',
  });
  expect(inputOf({ ...draft, kind: 'generated' })).toEqual({ kind: 'generated' });
  expect(inputOf({ ...draft, kind: 'federated' })).toEqual({ kind: 'federated', federated_token_file: '/t' });
});

test('the id of a secret is told from its value while it is typed', () => {
  expect(looksLikeId(' 5E4A7FE2-fa56-42ed-fd32-51ecf8009afa ')).toBe(true);
  expect(looksLikeId('abc8Q~kd.dfjk_34-3dsfjkDFJ')).toBe(false);
});

test('an expiry warns 90 days ahead and is loud in the last two weeks', () => {
  const now = Date.parse('2026-11-01T00:00:00Z');
  expect(expiryTone('2027-06-01T00:00:00Z', now)).toBe('ok');
  expect(expiryTone('2027-01-15T00:00:00Z', now)).toBe('warning');
  expect(expiryTone('2026-11-10T00:00:00Z', now)).toBe('critical');
  expect(expiryTone('2026-10-01T00:00:00Z', now)).toBe('critical');
});
