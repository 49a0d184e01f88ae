import { expect, test } from 'vitest';
import { hold } from './hold';
import type { Alert } from './query';

const alert = (id: string, version = 1, count = 1) => ({ id, version, count }) as Alert;
const known = (...all: Alert[]) => new Map(all.map((a) => [a.id, a]));
const ids = (rows: Alert[]) => rows.map((a) => a.id);

test('what is new waits, and what is listed keeps its place', () => {
  const [a, b] = [alert('a'), alert('b')];
  const held = hold(['a', 'b'], known(a, b), [alert('new'), alert('b', 1, 7), a]);
  expect(ids(held.rows)).toEqual(['a', 'b']);
  expect(held.fresh).toBe(1);
  expect(held.moved).toBe(true);
  expect(held.rows[1]?.count).toBe(7);
});

test('what left the list stays, as it was last, and is marked', () => {
  const closed = alert('a', 2);
  const held = hold(['a', 'b'], known(closed, alert('b')), [alert('b')]);
  expect(ids(held.rows)).toEqual(['a', 'b']);
  expect(held.rows[0]).toBe(closed);
  expect([...held.gone]).toEqual(['a']);
});

test('an answer that is older than a change made here does not take it back', () => {
  const changed = alert('a', 3);
  expect(hold(['a'], known(changed), [alert('a', 2)]).rows[0]).toBe(changed);
});

test('the same list in the same order is nothing new', () => {
  const held = hold(['a', 'b'], known(), [alert('a'), alert('b')]);
  expect([held.fresh, held.moved, held.gone.size]).toEqual([0, false, 0]);
});
