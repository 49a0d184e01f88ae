import { Table, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { Schemas } from '../../api/client';
import { connectionsQuery } from '../../api/queries';
import { Icon } from '../../parts/icon';
import { LinkButton } from '../../parts/linkbutton';
import { Page } from '../../parts/page';
import { useRowKeys } from '../../parts/rowkeys';
import { Severity } from '../../parts/severity';
import { Answer, Empty } from '../../parts/state';
import { Age } from '../../parts/time';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { formatAge } from '../../time/format';
import { Expiry } from './expiry';
import { stateTone } from './tone';

const t = text.connections;

export function ConnectionList() {
  const query = useQuery(connectionsQuery);
  const { may } = useMe();
  const { q } = useSearch({ from: '/shell/connections' });
  const navigate = useNavigate({ from: '/connections' });
  const connect = may('connection.manage') && (
    <LinkButton to="/connections/new" leftSection={<Icon name="plus" />}>
      {t.connect}
    </LinkButton>
  );
  return (
    <Page title={t.title} actions={connect}>
      <Answer of={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t.none} action={connect}>
              {may('connection.manage') ? t.noneText : t.noneReader}
            </Empty>
          ) : (
            <>
              {items.length > 5 && (
                <TextInput
                  data-search-field
                  aria-label={t.filter}
                  placeholder={t.filter}
                  leftSection={<Icon name="search" size={14} />}
                  value={q ?? ''}
                  onChange={(e) => navigate({ search: { q: e.currentTarget.value || undefined }, replace: true })}
                  maw={320}
                />
              )}
              <Rows
                items={
                  q
                    ? items.filter((c) =>
                        `${c.name} ${c.tenant_id} ${c.tag ?? ''}`.toLowerCase().includes(q.toLowerCase()),
                      )
                    : items
                }
              />
            </>
          )
        }
      </Answer>
    </Page>
  );
}

function Rows({ items }: { items: Schemas['Connection'][] }) {
  const navigate = useNavigate();
  const rows = useRowKeys(items.length, (i) => {
    const c = items[i];
    if (c) void navigate({ to: '/connections/$tenant', params: { tenant: c.tenant_id } });
  });
  return (
    <Table.ScrollContainer minWidth={720} type="native" role="group" aria-label={t.title}>
      <Table highlightOnHover aria-label={t.title}>
        <Table.Thead>
          <Table.Tr>
            {Object.values(t.columns).map((c) => (
              <Table.Th key={c}>{c}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((c, i) => {
            const on = c.feeds.filter((f) => f.on);
            const success = newest(on.map((f) => f.last_success));
            const lag = Math.max(0, ...on.map((f) => f.lag_seconds ?? 0));
            return (
              <Table.Tr key={c.tenant_id} {...rows(i)}>
                <Table.Td>
                  <Link to="/connections/$tenant" params={{ tenant: c.tenant_id }}>
                    {c.name}
                  </Link>
                </Table.Td>
                <Table.Td>
                  <Severity tone={stateTone[c.state]}>{t.state[c.state]}</Severity>
                </Table.Td>
                <Table.Td>{t.feedsOf(on.length, c.feeds.length)}</Table.Td>
                <Table.Td>
                  <Age value={success} />
                </Table.Td>
                <Table.Td className="nj-whole">{success ? formatAge(lag * 1000) : text.time.unknown}</Table.Td>
                <Table.Td ta="right">{on.reduce((n, f) => n + f.pending, 0)}</Table.Td>
                <Table.Td>
                  <Expiry credential={c.credential} />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const newest = (times: (string | undefined)[]) =>
  times
    .filter((v) => v !== undefined)
    .sort()
    .at(-1);
