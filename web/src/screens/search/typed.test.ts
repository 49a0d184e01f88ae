import { act, createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useTyped } from './typed';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

// field is a line of words before an address that somebody else changes.
function field() {
  const told: string[] = [];
  const root = createRoot(document.createElement('div'));
  const now = { words: '', type: (_: string) => {} };
  function Field({ value }: { value: string }) {
    const [words, setWords] = useTyped(value, (w) => told.push(w));
    now.words = words;
    now.type = setWords;
    return null;
  }
  const arrives = (value: string) => act(() => root.render(createElement(Field, { value })));
  arrives('');
  return {
    told,
    words: () => now.words,
    type: (words: string) => act(() => now.type(words)),
    pause: () => act(() => vi.advanceTimersByTime(300)),
    arrives,
  };
}

test('what is typed while the address follows is not taken back', () => {
  const f = field();
  f.type('ab');
  f.pause();
  f.type('abc');
  f.arrives('ab');
  expect(f.words()).toBe('abc');
  f.pause();
  expect(f.told).toEqual(['ab', 'abc']);
});

test('an address that changes by other means changes the words, also to what was typed once', () => {
  const f = field();
  f.type('ab');
  f.pause();
  f.arrives('ab');
  f.arrives('other');
  expect(f.words()).toBe('other');
  f.arrives('ab');
  expect(f.words()).toBe('ab');
  f.pause();
  expect(f.told).toEqual(['ab']);
});
