import { useEffect, useState } from 'react';

// useFragment takes what stands behind # out of the address, once. Tokens
// travel there because a fragment is never sent to a server; here it leaves
// the address bar and the history too.
export function useFragment(): string {
  const [fragment] = useState(() => {
    const found = decodeURIComponent(window.location.hash.slice(1));
    if (found) window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
    return found;
  });
  // A link pasted into a tab that shows this very page changes only the
  // fragment, and the browser loads nothing: begin again with it.
  useEffect(() => {
    const reload = () => window.location.hash.length > 1 && window.location.reload();
    window.addEventListener('hashchange', reload);
    return () => window.removeEventListener('hashchange', reload);
  }, []);
  return fragment;
}
