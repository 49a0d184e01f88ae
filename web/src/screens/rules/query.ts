import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';

export type Rule = Schemas['Rule'];
export type Detail = Schemas['RuleDetail'];

// All that is about rules lies below this key, so that one change makes all of it old.
export const rulesKey = ['rules'];

export const rulesQuery = queryOptions({
  queryKey: [...rulesKey, 'list'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/rules', { signal })),
  refetchInterval: 30_000,
});

export const packsQuery = queryOptions({
  queryKey: [...rulesKey, 'packs'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/packs', { signal })),
  refetchInterval: 30_000,
});

export const detailQuery = (id: string) =>
  queryOptions({
    queryKey: [...rulesKey, 'detail', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/rules/{id}', { params: { path: { id } }, signal })),
  });

export const backtestQuery = (id: string, backtest: string) =>
  queryOptions({
    queryKey: ['backtests', backtest],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/rules/{id}/backtest/{backtest}', { params: { path: { id, backtest } }, signal })),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 500 : false),
  });

export const foundQuery = (rule: string) =>
  queryOptions({
    queryKey: ['alerts', 'rule', rule],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/alerts', { params: { query: { rule, sort: 'newest', limit: 20 } }, signal })),
  });

// useChanged keeps what a change answered, and makes everything else about
// rules old.
export function useChanged() {
  const client = useQueryClient();
  return (rule: Detail) => {
    client.setQueryData(detailQuery(rule.id).queryKey, rule);
    void client.invalidateQueries({ queryKey: rulesKey });
  };
}
