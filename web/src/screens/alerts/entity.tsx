import { Group, Table } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Copy } from '../../parts/copy';
import { alerts as t } from '../../text/alerts';
import { iso } from '../../time/format';
import { hour, type Span } from '../../time/span';
import { type SearchAddress, writeFilter } from '../search/address';
import type { Alert } from './query';

type Entity = Alert['entities'][number];

// What of an event tells that it is of an entity; others are looked for as words.
// Entities are in small letters: "contains" does not mind, "is" would.
const fields: Partial<Record<Entity['kind'], { field: string; op: 'is' | 'contains' }>> = {
  user: { field: 'user_id', op: 'contains' },
  mailbox: { field: 'user_id', op: 'contains' },
  address: { field: 'client_ip', op: 'is' },
  application: { field: 'app_id', op: 'contains' },
  session: { field: 'session_id', op: 'contains' },
  site: { field: 'object_id', op: 'contains' },
  file: { field: 'object_id', op: 'contains' },
};

// spanOf is the time of an alert with an hour around it.
export function spanOf(a: { first: string; last: string }): Span {
  return { from: iso(Date.parse(a.first) - hour), to: iso(Date.parse(a.last) + hour) };
}

export function searchOf(e: Entity, span: Span, tenant: string): SearchAddress {
  const column = fields[e.kind];
  const filter = column
    ? { f: [writeFilter({ ...column, value: e.value })] }
    : { q: `"${e.value.replaceAll('"', '')}"` };
  return { ...span, tenant: [tenant], ...filter };
}

export function Entities({ of: a }: { of: Alert }) {
  const span = spanOf(a);
  return (
    <Table aria-label={t.entities}>
      <Table.Tbody>
        {a.entities.map((e) => (
          <Table.Tr key={`${e.kind} ${e.value}`}>
            <Table.Th w={110} scope="row">
              {t.kind[e.kind]}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              <Copy value={e.value} />
            </Table.Td>
            <Table.Td>
              <Group gap="sm" justify="flex-end">
                {e.kind !== 'tenant' && e.kind !== 'collector' && (
                  <Link to="/search" search={searchOf(e, span, a.tenant_id)} aria-label={t.searchEntity(e.value)}>
                    {t.search}
                  </Link>
                )}
                {(e.kind === 'user' || e.kind === 'address') && (
                  <Link to="/map" search={{ ...span, tenant: [a.tenant_id] }} aria-label={t.mapOf}>
                    {t.mapEntity}
                  </Link>
                )}
                <Link
                  to="/alerts"
                  search={{ entity: `${e.kind}:${e.value}`, status: ['new', 'acknowledged', 'closed'] }}
                  aria-label={t.othersOf(e.value)}
                >
                  {t.others}
                </Link>
              </Group>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
