import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, take } from '../../api/client';
import { Panel } from '../../parts/page';
import { Answer } from '../../parts/state';
import { Age } from '../../parts/time';
import { alerts as t } from '../../text/alerts';
import { Level } from './level';
import { type Alert, alertsKey } from './query';
import { StatusOf } from './status';

// Related lists other alerts about the same, the one before first.
export function Related({ of: a }: { of: Alert }) {
  // Whom it is about tells more than the address that half the company shares.
  const about = a.entities.find((e) => e.kind === 'user') ?? a.entities[0];
  const query = useQuery({
    queryKey: [...alertsKey, 'related', a.id, about],
    queryFn: async ({ signal }) => {
      const ask = (query: { entity?: string; rule?: string }) =>
        take(api.GET('/api/v1/alerts', { params: { query: { tenant: tenantOf(a), ...query, limit: 20 } }, signal }));
      const found = await Promise.all([
        ...(about ? [ask({ entity: `${about.kind}:${about.value}` })] : []),
        ask({ rule: a.rule }),
      ]);
      const all = new Map(found.flatMap((f) => f.items).map((o) => [o.id, o]));
      all.delete(a.id);
      const rest = [...all.values()].sort((x, y) => y.number - x.number);
      return [...rest.filter((o) => o.id === a.previous), ...rest.filter((o) => o.id !== a.previous)].slice(0, 12);
    },
  });
  return (
    <Panel title={t.related}>
      <Answer of={query}>
        {(all) =>
          all.length === 0 ? (
            <Text c="dimmed">{t.relatedNone}</Text>
          ) : (
            <AlertRows of={all} label={t.related} previous={a.previous} />
          )
        }
      </Answer>
    </Panel>
  );
}

// Alerts of Nightjar itself are of no tenant that could be asked for.
function tenantOf(a: Alert): string[] | undefined {
  return /^[0-]+$/.test(a.tenant_id) ? undefined : [a.tenant_id];
}

export function AlertRows({ of, label, previous }: { of: Alert[]; label: string; previous?: string | undefined }) {
  return (
    <Table.ScrollContainer minWidth={480} type="native" role="group" aria-label={label}>
      <Table aria-label={label}>
        <Table.Tbody>
          {of.map((o) => (
            <Table.Tr key={o.id}>
              <Table.Td w={110}>
                <Level of={o.severity} />
              </Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                <Link to="/alerts/$id" params={{ id: o.id }}>
                  {o.title}
                </Link>
                {o.id === previous && ` (${t.previous})`}
                <div className="nj-dim">{o.reason}</div>
              </Table.Td>
              <Table.Td>
                <StatusOf alert={o} />
              </Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <Age value={o.last} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
