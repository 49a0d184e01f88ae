import { NativeSelect, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { api, type Schemas, take } from '../../api/client';
import { Answer, Empty } from '../../parts/state';
import { TenantPicker } from '../../parts/tenantpicker';
import { Age } from '../../parts/time';
import { alerts as t } from '../../text/alerts';
import { entityKinds, type RiskAddress, statuses } from './address';
import { Frame } from './frame';
import { Level } from './level';
import { alertsKey } from './query';
import { tactic } from './rule';

// Risk lists whom several alerts together make suspicious, each with the reasons.
export function Risk() {
  const address = useSearch({ from: '/shell/risk' });
  const navigate = useNavigate({ from: '/risk' });
  const change = (part: Partial<RiskAddress>) => navigate({ search: (now) => ({ ...now, ...part }) });
  const query = useQuery({
    queryKey: [...alertsKey, 'risk', address],
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/entities/risk', {
          params: { query: { tenant: address.tenant, kind: address.kind ? [address.kind] : undefined, limit: 25 } },
          signal,
        }),
      ),
    refetchInterval: 30_000,
  });
  return (
    <Frame
      title={t.risk}
      actions={
        <>
          <NativeSelect
            aria-label={t.riskColumns.entity}
            value={address.kind ?? ''}
            onChange={(e) => change({ kind: (e.currentTarget.value || undefined) as RiskAddress['kind'] })}
            data={[{ value: '', label: t.all }, ...entityKinds.map((k) => ({ value: k as string, label: t.kind[k] }))]}
          />
          <TenantPicker value={address.tenant} onChange={(tenant) => change({ tenant })} />
        </>
      }
    >
      <Text>{t.riskText}</Text>
      <Answer of={query}>
        {(r) => (r.items.length === 0 ? <Empty title={t.riskNone}>{t.riskNoneText}</Empty> : <Rows of={r.items} />)}
      </Answer>
    </Frame>
  );
}

function Rows({ of }: { of: Schemas['RiskList']['items'] }) {
  const c = t.riskColumns;
  return (
    <Table.ScrollContainer minWidth={820} type="native" role="group" aria-label={t.risk}>
      <Table aria-label={t.risk}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{c.level}</Table.Th>
            <Table.Th>{c.entity}</Table.Th>
            <Table.Th>{c.why}</Table.Th>
            <Table.Th>{c.last}</Table.Th>
            <Table.Th>{c.tenant}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {of.map((r) => (
            <Table.Tr key={`${r.tenant_id} ${r.entity.kind} ${r.entity.value}`}>
              <Table.Td style={{ verticalAlign: 'top' }}>
                <Level of={r.level} />
                <div className="nj-dim">{t.points(r.score)}</div>
              </Table.Td>
              <Table.Td style={{ verticalAlign: 'top', overflowWrap: 'anywhere' }}>
                <Link to="/alerts" search={{ entity: `${r.entity.kind}:${r.entity.value}`, status: [...statuses] }}>
                  {r.entity.value}
                </Link>
                <div className="nj-dim">{t.kind[r.entity.kind]}</div>
              </Table.Td>
              <Table.Td>
                {r.reasons.slice(0, 3).map((why) => (
                  <div key={why.alert}>
                    <Link to="/alerts/$id" params={{ id: why.alert }}>
                      {why.title}
                    </Link>{' '}
                    <span className="nj-dim">{t.points(why.points)}</span>
                  </div>
                ))}
                {r.tactics.length > 0 && <div className="nj-dim">{r.tactics.map(tactic).join(', ')}</div>}
              </Table.Td>
              <Table.Td style={{ verticalAlign: 'top', whiteSpace: 'nowrap' }}>
                <Age value={r.last} />
              </Table.Td>
              <Table.Td style={{ verticalAlign: 'top' }}>{r.tenant}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
