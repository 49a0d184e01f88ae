import { expect, test } from 'vitest';
import { Acts, backgroundHeader } from './acts';

test('what a page asks by itself is marked, until somebody touches it', () => {
  const acts = new Acts();
  const marked = () => {
    const request = new Request('http://localhost/api/v1/health');
    acts.mark(request);
    return request.headers.has(backgroundHeader);
  };
  expect([marked(), marked(), marked()]).toEqual([false, true, true]);
  acts.note();
  expect([marked(), marked()]).toEqual([false, true]);
});

test('an event that a script makes up is nobody’s', () => {
  const acts = new Acts();
  const page = new EventTarget();
  acts.watch(page);
  acts.mark(new Request('http://localhost/'));
  page.dispatchEvent(new Event('keydown'));
  const request = new Request('http://localhost/');
  acts.mark(request);
  expect(request.headers.has(backgroundHeader)).toBe(true);
});
