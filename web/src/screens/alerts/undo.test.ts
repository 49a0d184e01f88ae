import { expect, test } from 'vitest';
import type { Alert } from './query';
import { type Change, undoing } from './undo';

const alert = (id: string, part: Partial<Alert>) => ({ id, version: 1, status: 'new', ...part }) as Alert;
const after = (...all: Alert[]) => all.map((a) => ({ ...a, version: a.version + 1 }));
const change = (action: Change['action'], part: Partial<Change> = {}): Change => ({ ids: [], action, ...part });

test('closing is taken back to what each was', () => {
  const before = [
    alert('a', {}),
    alert('b', { status: 'acknowledged' }),
    alert('c', { status: 'closed', disposition: 'benign' }),
  ];
  expect(undoing(change('close', { disposition: 'true' }), before, after(...before))).toEqual([
    { action: 'reopen', ids: ['a', 'b'], versions: { a: 2, b: 2 } },
    { action: 'acknowledge', ids: ['b'] },
    { action: 'close', disposition: 'benign', ids: ['c'], versions: { c: 2 } },
  ]);
});

test('assigning is taken back to whom each belonged', () => {
  const before = [alert('a', { assignee: 'p1' }), alert('b', {}), alert('c', { assignee: 'p1' })];
  expect(undoing(change('assign', { assignee: 'me' }), before, after(...before))).toEqual([
    { action: 'assign', assignee: 'p1', ids: ['a', 'c'], versions: { a: 2, c: 2 } },
    { action: 'assign', assignee: '', ids: ['b'], versions: { b: 2 } },
  ]);
});

test('a severity that the rule said is given back to the rule', () => {
  const before = [alert('a', { severity: 'high' }), alert('b', { severity: 'low', severity_by: 'Ada' })];
  expect(undoing(change('severity', { severity: 'critical' }), before, after(...before))).toEqual([
    { action: 'severity', ids: ['a'], versions: { a: 2 } },
    { action: 'severity', severity: 'low', ids: ['b'], versions: { b: 2 } },
  ]);
});

test('what a change left as it was is not touched when it is taken back', () => {
  const [a, b] = [alert('a', { status: 'closed', disposition: 'false' }), alert('b', {})];
  expect(undoing(change('reopen'), [a, b], [...after(a), b])).toEqual([
    { action: 'close', disposition: 'false', ids: ['a'], versions: { a: 2 } },
  ]);
});

test('what was read or seen cannot be taken back', () => {
  const a = alert('a', {});
  for (const action of ['comment', 'acknowledge'] as const) expect(undoing(change(action), [a], after(a))).toEqual([]);
});
