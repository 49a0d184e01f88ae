import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';

const final = (a: Schemas['Attempt'] | undefined) =>
  a?.status === 'connected' || a?.status === 'failed' || a?.status === 'cancelled';

// useAttempt follows a consent: by server-sent events, which tell of a step
// the moment it is done, and by asking now and then where a proxy swallows them.
export function useAttempt(id: string) {
  const client = useQueryClient();
  const [interrupted, setInterrupted] = useState(false);
  const query = useQuery({
    queryKey: ['consent', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/consents/{id}', { params: { path: { id } }, signal })),
    refetchInterval: (q) => (final(q.state.data) ? false : 10_000),
  });
  const over = final(query.data);
  useEffect(() => {
    if (over) return;
    const source = new EventSource(`/api/v1/consents/${encodeURIComponent(id)}/events`);
    source.addEventListener('attempt', (e) => {
      setInterrupted(false);
      const attempt = JSON.parse((e as MessageEvent<string>).data) as Schemas['Attempt'];
      client.setQueryData(['consent', id], attempt);
    });
    source.onopen = () => setInterrupted(false);
    // The browser connects again by itself, and the first event is the whole state.
    source.onerror = () => setInterrupted(true);
    return () => source.close();
  }, [client, id, over]);
  return { query, interrupted: interrupted && !over };
}
