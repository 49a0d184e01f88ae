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
  // The row that gets the focus as soon as it is drawn.
  const wanted = useRef<string>(undefined);
  // Whether the focus is in the list, or was until its row was taken away, which
  // no event tells.
  const within = useRef(false);
  const settle = () => {
    const lost = within.current && document.activeElement === document.body;
    if (lost && wanted.current === undefined) {
      // The list that answers another question is begun at its top.
      const listed = rows.some((a) => a.id === at);
      wanted.current = listed ? at : rows[0]?.id;
      if (!listed) scrollTo(0);
    }
    if (wanted.current === undefined) return;
    const row = list.current?.querySelector<HTMLElement>(`tr[data-alert="${wanted.current}"]`);
    if (row) {
      wanted.current = undefined;
      row.focus({ preventScroll: true });
    } else if (lost) list.current?.focus({ preventScroll: true });
  };
  // Rows are drawn while the list is scrolled, so each drawing may bring it.
  useLayoutEffect(settle);
  return {
    focus: (index: number) => {
      wanted.current = rows[index]?.id;
      scrollTo(index);
      settle();
    },
    inside: () => list.current?.contains(document.activeElement) ?? false,
    hear: {
      onFocus: () => {
        within.current = true;
      },
      onBlur: (e: FocusEvent) => {
        if (e.currentTarget.contains(e.relatedTarget)) return;
        within.current = false;
        wanted.current = undefined;
      },
    },
  };
}
