import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, type Schemas, take } from '../../api/client';
import { useGuarded } from '../../session/stepup';

// useBeginConsent begins a consent, opens Microsoft's page in a new tab and
// shows the waiting screen in this one.
export function useBeginConsent() {
  const guarded = useGuarded();
  const navigate = useNavigate();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['ConsentRequest']) => guarded(() => take(api.POST('/api/v1/consents', { body }))),
    onSuccess: (attempt) => {
      // The address of Microsoft's page is told only once, to this browser.
      if (attempt.url) {
        client.setQueryData(['consent-url', attempt.id], attempt.url);
        window.open(attempt.url, '_blank', 'noopener');
      }
      void navigate({ to: '/connections/consent/$id', params: { id: attempt.id } });
    },
  });
}
