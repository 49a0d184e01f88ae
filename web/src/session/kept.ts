// Whether this tab has shown recovery codes that nobody said to have kept: then
// a reload has lost them for good, and the console says so. Only this fact is
// stored, never a code.

const key = 'nightjar-codes-shown';

export function codesShown(): void {
  try {
    sessionStorage.setItem(key, '1');
  } catch {
    // Storage may be forbidden; then nobody is reminded.
  }
}

export function codesKept(): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // See above.
  }
}

export function codesLost(): boolean {
  try {
    return sessionStorage.getItem(key) !== null;
  } catch {
    return false;
  }
}
