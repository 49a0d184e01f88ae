import { useLayoutEffect, useRef } from 'react';
import { typing } from '../../shell/keys';

// useTriageKeys hears the keys of the screens of alerts. act says whether it took
// a key; what it took goes no further, so that ? shows these keys and not those
// of everywhere. A letter after g leads to another screen and is not taken.
export function useTriageKeys(act: (key: string, e: KeyboardEvent) => boolean): void {
  const latest = useRef(act);
  latest.current = act;
  // What is on the screen hears keys at once, not some time after it is painted.
  useLayoutEffect(() => {
    let leader = Number.NEGATIVE_INFINITY;
    const listen = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || document.querySelector('[role="dialog"]')) return;
      if (e.timeStamp - leader < 1500) {
        leader = Number.NEGATIVE_INFINITY;
        return;
      }
      if (e.key === 'g') {
        leader = e.timeStamp;
        return;
      }
      if (!latest.current(e.key, e)) return;
      e.preventDefault();
      e.stopPropagation();
    };
    window.addEventListener('keydown', listen, true);
    return () => window.removeEventListener('keydown', listen, true);
  }, []);
}

// actOf is what a letter does with the alerts that are meant.
export const actOf: Record<string, Act> = {
  a: 'acknowledge',
  m: 'assign',
  c: 'comment',
  e: 'close',
  u: 'reopen',
  s: 'silence',
  v: 'severity',
};

export type Act = 'acknowledge' | 'assign' | 'comment' | 'close' | 'reopen' | 'silence' | 'severity';
