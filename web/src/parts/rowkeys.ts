import { useLayoutEffect, useRef, useState } from 'react';
import { typing } from '../shell/keys';

// useRowKeys lets j and k walk through a list and Enter open a row. What it
// returns gives each row its attributes; the focus follows, so that the row is
// read out and scrolled to.
export function useRowKeys(count: number, open: (index: number) => void) {
  const [at, setAt] = useState(-1);
  const rows = useRef(new Map<number, HTMLTableRowElement>());
  const opened = useRef(open);
  opened.current = open;
  // What is on the screen hears keys at once, not some time after it is painted.
  useLayoutEffect(() => {
    const listen = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || document.querySelector('[role="dialog"]')) return;
      if (e.key !== 'j' && e.key !== 'k') return;
      e.preventDefault();
      setAt((now) => {
        const next = Math.min(count - 1, Math.max(0, now + (e.key === 'j' ? 1 : -1)));
        rows.current.get(next)?.focus();
        return next;
      });
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [count]);
  return (index: number) => ({
    ref: (row: HTMLTableRowElement | null) => {
      if (row) rows.current.set(index, row);
      else rows.current.delete(index);
    },
    tabIndex: -1,
    'data-current': index === at || undefined,
    onFocus: () => setAt(index),
    onKeyDown: (e: React.KeyboardEvent) => {
      if (e.key === 'Enter' && e.target === e.currentTarget) opened.current(index);
    },
  });
}
