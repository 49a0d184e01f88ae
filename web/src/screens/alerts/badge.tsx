import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client';
import { alerts as t } from '../../text/alerts';
import { alertsKey } from './query';

const most = 99;

// NewAlerts is how many alerts are new and grave, for the navigation.
export function NewAlerts() {
  const { data } = useQuery({
    queryKey: [...alertsKey, 'badge'],
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/alerts', {
          params: { query: { status: ['new'], severity: ['high', 'critical'], silenced: false, limit: most + 1 } },
          signal,
        }),
      ),
    refetchInterval: 15_000,
  });
  const n = data?.items.length ?? 0;
  if (n === 0) return null;
  const said = n > most ? `${most}+` : String(n);
  return (
    <span className="nj-badge" title={t.grave(said)}>
      {said}
      <span className="nj-hidden"> {t.grave(said)}</span>
    </span>
  );
}
