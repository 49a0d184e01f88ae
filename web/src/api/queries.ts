import { QueryClient, queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import { ApiError } from './error';

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => error instanceof ApiError && error.passing && count < 2,
      },
    },
  });
}

// How often what is on every screen is asked for again, in milliseconds.
const pulse = 15_000;

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/status', { signal })),
  staleTime: 60_000,
});

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/me', { signal })),
  staleTime: 60_000,
});

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/health', { signal })),
  refetchInterval: pulse,
});

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/connections', { signal })),
  refetchInterval: pulse,
});

export const connectionQuery = (tenant: string) =>
  queryOptions({
    queryKey: ['connections', tenant],
    queryFn: ({ signal }) => take(api.GET('/api/v1/connections/{tenant}', { params: { path: { tenant } }, signal })),
    refetchInterval: 5_000,
  });

export const servicesQuery = queryOptions({
  queryKey: ['services'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/services', { signal })),
  staleTime: 300_000,
});

export const languageQuery = queryOptions({
  queryKey: ['tables'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/tables', { signal })),
  staleTime: 3_600_000,
});

// What is open. Somebody waits for it, but not by the second.
export const approvalsQuery = queryOptions({
  queryKey: ['approvals'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/approvals', { signal })),
  refetchInterval: 2 * pulse,
});

// Also what became of those of the last thirty days.
export const allApprovalsQuery = queryOptions({
  queryKey: [...approvalsQuery.queryKey, 'all'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/approvals', { params: { query: { state: 'all' } }, signal })),
  refetchInterval: 2 * pulse,
});

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/settings', { signal })),
});
