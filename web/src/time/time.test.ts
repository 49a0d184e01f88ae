import { expect, test } from 'vitest';
import { forInput, formatAge, formatTime, fromInput, iso } from './format';
import { Now } from './now';
import { lastSpan, lengthOf, readSpan, shift, widen } from './span';

test('a span in an address is absolute, whole, and the right way round', () => {
  expect(readSpan({ from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' })).toEqual({
    from: '2026-11-01T00:00:00Z',
    to: '2026-11-02T00:00:00Z',
  });
  expect(readSpan({ from: '2026-11-01T02:00:00+02:00', to: '2026-11-02T00:00:00Z' }).from).toBe('2026-11-01T00:00:00Z');
  for (const wrong of [
    {},
    { from: 'now-1d', to: 'now' },
    { from: '2026-11-01T00:00:00Z' },
    { from: '2026-11-02T00:00:00Z', to: '2026-11-01T00:00:00Z' },
    { from: 1, to: 2 },
  ]) {
    expect(readSpan(wrong)).toEqual({});
  }
});

test('the last hour ends with the running minute and is an hour long', () => {
  const span = lastSpan(3_600_000, Date.parse('2026-11-01T10:20:30.500Z'));
  expect(span).toEqual({ from: '2026-11-01T09:21:00Z', to: '2026-11-01T10:21:00Z' });
  expect(lengthOf(span)).toBe(3_600_000);
});

test('going earlier and later returns to the same span, and widening doubles it', () => {
  const span = { from: '2026-11-01T00:00:00Z', to: '2026-11-01T06:00:00Z' };
  expect(shift(shift(span, -1), 1)).toEqual(span);
  expect(lengthOf(widen(span))).toBe(2 * lengthOf(span));
});

test('a time in UTC says so, and a copy is ISO without zero milliseconds', () => {
  expect(formatTime('2026-11-01T09:08:07Z', 'utc')).toBe('2026-11-01 09:08:07 UTC');
  expect(formatTime('2026-11-01T00:00:00Z', 'utc', 'minute')).toBe('2026-11-01 00:00 UTC');
  expect(iso('2026-11-01T09:08:07.000Z')).toBe('2026-11-01T09:08:07Z');
  expect(iso('2026-11-01T09:08:07.120Z')).toBe('2026-11-01T09:08:07.120Z');
  expect(formatTime('yesterday', 'utc')).toBe('yesterday');
});

test('a local time carries its offset', () => {
  expect(formatTime('2026-11-01T09:08:07Z', 'local')).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} [+−]\d{2}:\d{2}$/);
});

test('a time field gives back the instant that it shows, in either zone', () => {
  for (const zone of ['utc', 'local'] as const) {
    expect(fromInput(forInput('2026-07-01T23:59:58Z', zone), zone)).toBe('2026-07-01T23:59:58Z');
  }
  expect(fromInput('', 'utc')).toBeUndefined();
});

test('ages are told in a unit that is not misleading', () => {
  expect([5_000, 89_000, 600_000, 5_400_000, 86_400_000, 864_000_000].map(formatAge)).toEqual([
    '5 s',
    '89 s',
    '10 min',
    '2 h',
    '24 h',
    '10 d',
  ]);
});

test('the clock follows the server, also one that starts elsewhere and runs faster', () => {
  let here = 1_000_000;
  const clock = new Now(() => here);
  expect(clock.now()).toBe(here);
  clock.observe('2026-11-20T09:00:00Z');
  expect(clock.now()).toBe(Date.parse('2026-11-20T09:00:00Z'));
  here += 10_000;
  clock.observe('2026-11-20T09:03:20Z'); // 20 times as fast
  here += 1_000;
  expect(clock.now()).toBe(Date.parse('2026-11-20T09:03:40Z'));
});

test('the delay of an answer does not make a clock fast', () => {
  let here = 1_000_000;
  const clock = new Now(() => here);
  clock.observe('2026-11-20T09:00:00Z');
  here += 15_000;
  clock.observe('2026-11-20T09:00:16Z');
  here += 60_000;
  expect(clock.now()).toBe(Date.parse('2026-11-20T09:01:16Z'));
});
