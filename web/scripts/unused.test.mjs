import { expect, test } from 'vitest';
import { prune } from './unused.mjs';

test('only what no script names is left out', () => {
  const sheet =
    '.m_1{a:b}.m_2{a:b}.x .m_1,.m_2 .m_1{a:b}@media print{.m_2:hover{a:b}}@media screen{.m_1{a:b}}body{a:b}';
  expect(prune(sheet, (name) => name === 'm_1')).toBe('.m_1{a:b}.x .m_1{a:b}@media screen{.m_1{a:b}}body{a:b}');
});
