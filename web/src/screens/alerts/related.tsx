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
  const query = useQuery({
    queryKey: [...alertsKey, 'related', a.id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/alerts/{id}/related', { params: { path: { id: a.id } }, signal })),
  });
  return (
    <Panel title={t.related}>
      <Answer of={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{t.relatedNone}</Text>
          ) : (
            <AlertRows of={items} label={t.related} previous={a.previous} />
          )
        }
      </Answer>
    </Panel>
  );
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
