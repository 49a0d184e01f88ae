import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../../api/client';
import type { SavedInput } from './address';

export const savedQuery = queryOptions({
  queryKey: ['searches'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/searches', { signal })),
});

// useSaved changes saved searches and reads their list anew.
export function useSaved() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: savedQuery.queryKey });
  const create = useMutation({
    mutationFn: (body: SavedInput) => take(api.POST('/api/v1/searches', { body })),
    onSuccess,
  });
  const change = useMutation({
    mutationFn: ({ id, body }: { id: string; body: SavedInput }) =>
      take(api.PUT('/api/v1/searches/{id}', { params: { path: { id } }, body })),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (id: string) => take(api.DELETE('/api/v1/searches/{id}', { params: { path: { id } } })),
    onSuccess,
  });
  return { create, change, remove };
}
