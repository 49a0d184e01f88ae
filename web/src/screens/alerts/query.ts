import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';
import type { QueueAddress } from './address';

export type Alert = Schemas['Alert'];

// Somebody who looks at the queue sees what is new within this many milliseconds.
const pulse = 10_000;

// All that is about alerts lies below this key, so that one change makes all of it old.
export const alertsKey = ['alerts'];

export const listKey = [...alertsKey, 'list'];

export const listQuery = (a: QueueAddress) =>
  infiniteQueryOptions({
    queryKey: [...listKey, a],
    queryFn: ({ signal, pageParam }) =>
      take(
        api.GET('/api/v1/alerts', {
          params: {
            query: {
              tenant: a.tenant,
              status: a.status ?? ['new', 'acknowledged'],
              severity: a.severity,
              rule: a.rule,
              assignee: a.assignee,
              entity: a.entity,
              q: a.q,
              sort: a.sort ?? 'severity',
              limit: 200,
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: pulse,
    placeholderData: keepPreviousData,
  });

export const countsQuery = (tenant?: string[]) =>
  queryOptions({
    queryKey: [...alertsKey, 'counts', tenant],
    queryFn: ({ signal }) => take(api.GET('/api/v1/alerts/counts', { params: { query: { tenant } }, signal })),
    refetchInterval: pulse,
    placeholderData: keepPreviousData,
  });

export const alertQuery = (id: string) =>
  queryOptions({
    queryKey: [...alertsKey, 'one', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/alerts/{id}', { params: { path: { id } }, signal })),
    refetchInterval: pulse,
  });

export const findingsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...alertsKey, 'findings', id],
    queryFn: ({ signal, pageParam }) =>
      take(
        api.GET('/api/v1/alerts/{id}/findings', {
          params: { path: { id }, query: { limit: 5, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });

export const historyQuery = (id: string) =>
  queryOptions({
    queryKey: [...alertsKey, 'history', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/alerts/{id}/history', { params: { path: { id } }, signal })),
    refetchInterval: pulse,
  });

// What was normal before an alert does not change, and is asked of many events.
export const normalQuery = (id: string) =>
  queryOptions({
    queryKey: ['normal', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/alerts/{id}/normal', { params: { path: { id } }, signal })),
    staleTime: 600_000,
  });

export const ruleQuery = (id: string, tenant: string[]) =>
  queryOptions({
    queryKey: ['rules', 'one', id, tenant],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/rules/{id}', { params: { path: { id }, query: { tenant } }, signal })),
    staleTime: 60_000,
  });

export const qualityQuery = (rule?: string) =>
  queryOptions({
    queryKey: [...alertsKey, 'quality', rule],
    queryFn: ({ signal }) => take(api.GET('/api/v1/alerts/quality', { params: { query: { rule } }, signal })),
    staleTime: 30_000,
  });
