import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';
import type { NotifyAddress } from './address';

export type Channel = Schemas['Channel'];
export type Kind = Schemas['ChannelKind'];
export type Route = Schemas['NotifyRoute'];

// How often what is sent is asked for again, in milliseconds.
const pulse = 5_000;

export const channelsQuery = queryOptions({
  queryKey: ['channels'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/channels', { signal })),
  refetchInterval: pulse,
});

export const kindsQuery = queryOptions({
  queryKey: ['channel-kinds'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/channel-kinds', { signal })),
  staleTime: 3_600_000,
});

// Routes are edited: they are not fetched anew under somebody's hands.
export const routesQuery = queryOptions({
  queryKey: ['routes'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/routes', { signal })),
  refetchOnWindowFocus: false,
});

export const deliveriesKey = ['deliveries'];

export const deliveriesQuery = ({ channel, status }: NotifyAddress) =>
  infiniteQueryOptions({
    queryKey: [...deliveriesKey, channel, status],
    queryFn: ({ signal, pageParam }) =>
      take(
        api.GET('/api/v1/deliveries', {
          params: { query: { channel, status, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: pulse,
  });
