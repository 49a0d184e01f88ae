import { type FocusEvent, type RefObject, useLayoutEffect, useRef } from 'react';
import type { Alert } from './query';

// useRowFocus keeps the focus with the row under the cursor, so that it is read
// out and the keys go on, however the list changes around it. What it returns as
// hear belongs to the list.
export function useRowFocus(
  list: RefObject<HTMLElement | null>,
  rows: readonly Alert[],
  at: string | undefined,
  scrollTo: (index: number) => void,
) {
  // The row that gets the focus as soon as it is drawn, and what had it before.
  const wanted = useRef<{ id: string; from: Element | null }>(undefined);
  const want = (index: number) => {
    const id = rows[index]?.id;
    wanted.current = id === undefined ? undefined : { id, from: document.activeElement };
  };
  // Whether the focus is in the list, or was until its row was taken away, which
  // no event tells.
  const within = useRef(false);
  const before = useRef(rows);
  const settle = () => {
    const focused = document.activeElement;
    const lost = within.current && focused === document.body;
    if (lost && wanted.current === undefined) {
      // Another list is shown where the cursor is or, without it, from its top.
      // Whoever scrolled this one away from the cursor is let be.
      const index = Math.max(
        0,
        rows.findIndex((a) => a.id === at),
      );
      want(index);
      if (before.current !== rows) scrollTo(index);
    }
    before.current = rows;
    if (wanted.current === undefined) return;
    const { id, from } = wanted.current;
    if (focused !== from && focused !== document.body && !list.current?.contains(focused)) {
      wanted.current = undefined; // they went elsewhere meanwhile
      return;
    }
    const row = list.current?.querySelector<HTMLElement>(`tr[data-alert="${id}"]`);
    if (row) {
      wanted.current = undefined;
      row.focus({ preventScroll: true });
    } else if (lost) list.current?.focus({ preventScroll: true });
  };
  // Rows are drawn while the list is scrolled, so each drawing may bring it.
  useLayoutEffect(settle);
  return {
    focus: (index: number) => {
      want(index);
      scrollTo(index);
      settle();
    },
    inside: () => list.current?.contains(document.activeElement) ?? false,
    hear: {
      onFocus: (e: FocusEvent) => {
        within.current = true;
        // Whoever goes to another row does not go back by itself.
        if (e.target !== e.currentTarget) wanted.current = undefined;
      },
      onBlur: (e: FocusEvent) => {
        if (e.currentTarget.contains(e.relatedTarget)) return;
        within.current = false;
        wanted.current = undefined;
      },
    },
  };
}
