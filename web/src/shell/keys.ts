import { useNavigate } from '@tanstack/react-router';
import { useLayoutEffect } from 'react';
import { places } from './places';

// typing tells whether keys are going into a field, where they must not be
// taken for commands.
export function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

// useKeys listens for the keys that work everywhere: ? / and g with a letter.
export function useKeys(help: () => void): void {
  const navigate = useNavigate();
  // What is on the screen hears keys at once, not some time after it is painted.
  useLayoutEffect(() => {
    let leader = 0;
    const listen = (e: KeyboardEvent) => {
      // Whoever left the search field goes on with the keys of the list below it.
      if (e.key === 'Escape' && !e.defaultPrevented && e.target instanceof HTMLInputElement) {
        if ('searchField' in e.target.dataset) e.target.blur();
        return;
      }
      if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || document.querySelector('[role="dialog"]')) return;
      if (e.key === '?') {
        e.preventDefault();
        help();
      } else if (e.key === '/') {
        e.preventDefault();
        const field = document.querySelector<HTMLInputElement>('[data-search-field]');
        if (field) field.focus();
        else void navigate({ to: '/search' });
      } else if (e.key === 'g') {
        leader = e.timeStamp;
      } else if (leader > 0 && e.timeStamp - leader < 1500) {
        const place = places.find((p) => p.key === e.key);
        leader = 0;
        if (place) {
          e.preventDefault();
          void navigate({ to: place.to });
        }
      }
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [help, navigate]);
}
