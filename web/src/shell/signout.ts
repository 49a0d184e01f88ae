import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { api, take } from '../api/client';
import { ApiError } from '../api/error';
import { meQuery } from '../api/queries';

// useSignOut ends the session and forgets all that was shown in it.
export function useSignOut(): () => void {
  const client = useQueryClient();
  const router = useRouter();
  return () => {
    void take(api.POST('/api/v1/logout')).finally(async () => {
      // First away from the screens, or they would ask again for what is forgotten.
      await router.navigate({ to: '/login' });
      client.clear();
    });
  };
}

// useWatchSession leads to the sign-in page as soon as any answer says that
// the session has ended, and remembers where one was. An act that is refused so
// may have been given a wrong code or password; then asking who one is tells
// whether the session has ended.
export function useWatchSession(): void {
  const client = useQueryClient();
  const router = useRouter();
  useEffect(() => {
    const leave = (error: unknown) => {
      if (!(error instanceof ApiError) || error.code !== 'unauthenticated') return;
      const { href, pathname } = router.state.location;
      if (pathname === '/login') return;
      void router.navigate({ to: '/login', search: { to: href, ended: true } }).then(() => client.clear());
    };
    const queries = client.getQueryCache().subscribe((e) => {
      if (e.type === 'updated' && e.action.type === 'error') leave(e.action.error);
    });
    const mutations = client.getMutationCache().subscribe((e) => {
      if (e.type !== 'updated' || e.action.type !== 'error') return;
      const { error } = e.action;
      if (error instanceof ApiError && error.code === 'unauthenticated') {
        void client.invalidateQueries({ queryKey: meQuery.queryKey });
      }
    });
    return () => {
      queries();
      mutations();
    };
  }, [client, router]);
}
