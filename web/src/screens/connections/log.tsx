import { NativeSelect, Stack, Table } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api, type Schemas, take } from '../../api/client';
import { More } from '../../parts/more';
import { Severity, type Tone } from '../../parts/severity';
import { Answer, Empty } from '../../parts/state';
import { Time } from '../../parts/time';
import { text } from '../../text';

const t = text.connections.log;
const tone: Record<Schemas['Level'], Tone> = { info: 'info', warning: 'warning', error: 'critical' };

export function LogTab({ tenant }: { tenant: string }) {
  const { level } = useSearch({ from: '/shell/connections/$tenant' });
  const navigate = useNavigate({ from: '/connections/$tenant' });
  const query = useInfiniteQuery({
    queryKey: ['log', tenant, level],
    queryFn: ({ signal, pageParam }) =>
      take(
        api.GET('/api/v1/connections/{tenant}/log', {
          params: { path: { tenant }, query: { level, limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: 15_000,
  });
  return (
    <Stack gap="sm">
      <NativeSelect
        label={t.level}
        value={level ?? ''}
        onChange={(e) =>
          navigate({
            search: (now) => ({
              ...now,
              level: (e.currentTarget.value || undefined) as 'warning' | 'error' | undefined,
            }),
            replace: true,
          })
        }
        data={[
          { value: '', label: t.all },
          { value: 'warning', label: t.warning },
          { value: 'error', label: t.error },
        ]}
        maw={240}
      />
      <Answer of={query}>
        {(data) => {
          const rows = data.pages.flatMap((p) => p.items);
          return rows.length === 0 ? <Empty title={t.none}>{t.noneText}</Empty> : <Rows rows={rows} />;
        }}
      </Answer>
      <More of={query}>{t.more}</More>
    </Stack>
  );
}

function Rows({ rows }: { rows: Schemas['LogRow'][] }) {
  return (
    <Table.ScrollContainer minWidth={720} type="native" role="group" aria-label={text.connections.tabs.log}>
      <Table aria-label={text.connections.tabs.log}>
        <Table.Thead>
          <Table.Tr>
            {Object.entries(t.columns).map(([key, title]) => (
              <Table.Th key={key} ta={key === 'count' ? 'right' : undefined}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((r) => (
            <Table.Tr key={r.id}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <Time value={r.time} />
              </Table.Td>
              <Table.Td>
                <Severity tone={tone[r.level]} />
              </Table.Td>
              <Table.Td>{r.collector.replace('management-activity/', '')}</Table.Td>
              <Table.Td>{r.action}</Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{r.message}</Table.Td>
              <Table.Td ta="right">{r.count || ''}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
