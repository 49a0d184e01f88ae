import { NativeSelect, Switch, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { api, type Schemas, take } from '../../api/client';
import { More } from '../../parts/more';
import { useRowKeys } from '../../parts/rowkeys';
import { Answer, Empty } from '../../parts/state';
import { TenantPicker } from '../../parts/tenantpicker';
import { Age } from '../../parts/time';
import { alerts as t } from '../../text/alerts';
import type { IncidentsAddress } from './address';
import { Frame } from './frame';
import { Level } from './level';
import { alertsKey } from './query';
import { tactic } from './rule';

// Incidents lists what belongs together.
export function Incidents() {
  const address = useSearch({ from: '/shell/incidents' });
  const navigate = useNavigate({ from: '/incidents' });
  const change = (part: Partial<IncidentsAddress>) => navigate({ search: (now) => ({ ...now, ...part }) });
  const query = useInfiniteQuery({
    queryKey: [...alertsKey, 'incidents', address],
    queryFn: ({ signal, pageParam }) =>
      take(
        api.GET('/api/v1/incidents', {
          params: { query: { ...address, limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: 30_000,
  });
  return (
    <Frame
      title={t.incidentList}
      actions={
        <>
          <Switch
            label={t.severalOnly}
            checked={address.several ?? false}
            onChange={(e) => change({ several: e.currentTarget.checked || undefined })}
          />
          <NativeSelect
            aria-label={t.statusName}
            value={address.status ?? ''}
            onChange={(e) => change({ status: (e.currentTarget.value || undefined) as IncidentsAddress['status'] })}
            data={[
              { value: '', label: t.all },
              { value: 'open', label: t.incidentStatus.open },
              { value: 'closed', label: t.incidentStatus.closed },
            ]}
          />
          <TenantPicker value={address.tenant} onChange={(tenant) => change({ tenant })} />
        </>
      }
    >
      <Answer of={query}>
        {(data) => {
          const all = data.pages.flatMap((p) => p.items);
          return all.length === 0 ? <Empty title={t.incidentNone}>{t.incidentNoneText}</Empty> : <Rows of={all} />;
        }}
      </Answer>
      <More of={query}>{t.showMore}</More>
    </Frame>
  );
}

function Rows({ of }: { of: Schemas['Incident'][] }) {
  const navigate = useNavigate();
  const row = useRowKeys(of.length, (i) => {
    const one = of[i];
    if (one) void navigate({ to: '/incidents/$id', params: { id: one.id } });
  });
  const c = t.incidentColumns;
  return (
    <Table.ScrollContainer minWidth={820} type="native" role="group" aria-label={t.incidentList}>
      <Table aria-label={t.incidentList}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{c.severity}</Table.Th>
            <Table.Th>{c.title}</Table.Th>
            <Table.Th>{c.alerts}</Table.Th>
            <Table.Th>{c.tactics}</Table.Th>
            <Table.Th>{c.last}</Table.Th>
            <Table.Th>{c.tenant}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {of.map((one, i) => (
            <Table.Tr key={one.id} {...row(i)}>
              <Table.Td>
                <Level of={one.severity} />
              </Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                <Link to="/incidents/$id" params={{ id: one.id }}>
                  {one.title}
                </Link>
                <div className="nj-dim">
                  {one.entities
                    .slice(0, 4)
                    .map((e) => e.value)
                    .join(', ')}
                </div>
              </Table.Td>
              <Table.Td>{t.alertsOf(one.open, one.alerts)}</Table.Td>
              <Table.Td>{one.tactics.map(tactic).join(', ')}</Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <Age value={one.last} />
              </Table.Td>
              <Table.Td>
                <Text size="sm">{one.tenant}</Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
