// What this browser remembers of its user's taste. Nothing that matters is
// kept here: a browser that forgets, or forbids, loses a colour scheme.

const prefix = 'nightjar-';

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(prefix + key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(prefix + key, value);
  } catch {
    // Storage may be forbidden; then the choice lasts as long as the page.
  }
}
