import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { useClock } from '../../time/clock';
import { hasSpan, lastSpan, type Span } from '../../time/span';
import { question, type SearchAddress } from './address';

// useAddress reads the search from the address bar and changes it there: the
// address is the only place where a search is kept.
export function useAddress() {
  const read = useSearch({ from: '/shell/search' });
  const navigate = useNavigate({ from: '/search' });
  const clock = useClock();
  const address: SearchAddress & Span = useMemo(
    () => (hasSpan(read) ? read : { ...read, ...lastSpan(86_400_000, clock.now()) }),
    [read, clock],
  );
  const change = useCallback(
    (part: Partial<SearchAddress>, replace = false) => navigate({ search: (now) => ({ ...now, ...part }), replace }),
    [navigate],
  );
  return { address, change };
}

export function useRows(asked: Schemas['SearchBase']) {
  return useInfiniteQuery({
    queryKey: ['search', asked],
    queryFn: ({ signal, pageParam }) =>
      take(
        api.POST('/api/v1/events/search', {
          body: { ...asked, limit: 200, ...(pageParam ? { cursor: pageParam } : {}) },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

// The counts wait until the first rows are there: people look at those, and
// what counts takes the processors that the rows need.
export function useHistogram(asked: Schemas['SearchBase'], ready: boolean) {
  return useQuery({
    enabled: ready,
    queryKey: ['histogram', asked],
    queryFn: ({ signal }) => take(api.POST('/api/v1/events/histogram', { body: { ...asked, buckets: 80 }, signal })),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

export const railFields = ['operation', 'user_id', 'client_ip', 'country', 'result', 'workload'];

export function useValues(asked: Schemas['SearchBase'], ready: boolean) {
  return useQuery({
    enabled: ready,
    queryKey: ['values', asked],
    queryFn: ({ signal }) =>
      take(api.POST('/api/v1/events/values', { body: { ...asked, fields: railFields, limit: 5 }, signal })),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

export function useQuestion(address: SearchAddress & Span): Schemas['SearchBase'] {
  const { from, to, tenant, table, q, f } = address;
  return useMemo(() => question({ from, to, tenant, table, q, f }), [from, to, tenant, table, q, f]);
}
