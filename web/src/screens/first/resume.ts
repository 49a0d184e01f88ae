import { useQuery } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';

// useResumed brings back the second factor after a reload of the page that
// showed it. What brings it is a cookie that scripts cannot read: neither the
// secret nor the token is kept in the page's storage. A link that was just
// opened goes before it.
export function useResumed(fragment: string): { enrolment: Schemas['Enrolment'] | undefined; asking: boolean } {
  const query = useQuery({
    queryKey: ['enrolment'],
    queryFn: async () => (await take(api.POST('/api/v1/setup/resume'))) ?? null,
    enabled: fragment === '',
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false, // each answer has other recovery codes
    gcTime: 0,
  });
  return { enrolment: query.data ?? undefined, asking: fragment === '' && query.isPending };
}
