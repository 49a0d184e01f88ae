import { Alert, Group, List, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Attributions } from '../../parts/attributions';
import { LinkButton } from '../../parts/linkbutton';
import { Page, Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { SpanPicker } from '../../parts/spanpicker';
import { Answer, Empty, Loading } from '../../parts/state';
import { TenantPicker } from '../../parts/tenantpicker';
import { Age } from '../../parts/time';
import { WarningList } from '../../parts/warning';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { useClock } from '../../time/clock';
import { day, hasSpan, lastSpan, type Span } from '../../time/span';
import { AlertTile } from '../alerts/tile';
import { Expiry } from '../connections/expiry';
import { stateTone } from '../connections/tone';
import type { Look } from '../map/address';
import { eventsOf, placeName } from '../map/link';
import { Sparkline } from './sparkline';

// The map's geometry is not part of the first load.
const World = lazy(() => import('../map/world').then((m) => ({ default: m.World })));

const t = text.overview;

export function Overview() {
  const look = useSearch({ from: '/shell/' });
  const navigate = useNavigate({ from: '/' });
  const clock = useClock();
  const chosen = hasSpan(look);
  const change = (part: Partial<Look>) => navigate({ search: (now) => ({ ...now, ...part }) });
  const query = useQuery({
    queryKey: ['overview', look.from, look.to, look.tenant],
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/overview', {
          params: { query: { from: look.from, to: look.to, tenant: look.tenant } },
          signal,
        }),
      ),
    // Without a span of its own it shows the last day, whenever that is.
    refetchInterval: chosen ? false : 30_000,
    placeholderData: keepPreviousData,
  });
  const span: Span = chosen
    ? look
    : query.data
      ? { from: query.data.from, to: query.data.to }
      : lastSpan(day, clock.now());
  return (
    <Page
      title={t.title}
      actions={
        <>
          <TenantPicker value={look.tenant} onChange={(tenant) => change({ tenant })} />
          <SpanPicker span={span} onChange={change} />
        </>
      }
    >
      <Answer of={query}>{(o) => <Parts overview={o} span={span} tenant={look.tenant} />}</Answer>
    </Page>
  );
}

type Of = { overview: Schemas['Overview']; span: Span; tenant: string[] | undefined };

function Parts({ overview: o, span, tenant }: Of) {
  const { may } = useMe();
  if (o.connections.length === 0 && o.events === 0) {
    const c = text.connections;
    return (
      <Empty
        title={c.none}
        action={may('connection.manage') && <LinkButton to="/connections/new">{c.connect}</LinkButton>}
      >
        {may('connection.manage') ? c.noneText : c.noneReader}
      </Empty>
    );
  }
  return (
    <Stack gap="md">
      {o.limits && o.limits.length > 0 && (
        <Alert color="yellow" variant="outline" title={t.limits} styles={{ title: { color: 'var(--nj-warn)' } }}>
          <List size="sm">
            {o.limits.map((l) => (
              <List.Item key={l.request_id + l.message}>
                {l.message} {l.hint}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Stack gap="md" miw={0}>
          <AlertTile tenant={tenant} />
          <Connections connections={o.connections} freshness={o.freshness} />
          <Workloads overview={o} span={span} tenant={tenant} />
        </Stack>
        <Stack gap="md" miw={0}>
          <Panel title={t.warnings}>
            {o.warnings.length === 0 ? (
              <Severity tone="ok">{t.noWarnings}</Severity>
            ) : (
              <WarningList warnings={o.warnings} />
            )}
          </Panel>
          <Signins overview={o} span={span} tenant={tenant} />
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}

function Connections({
  connections,
  freshness,
}: {
  connections: Schemas['Connection'][];
  freshness: Schemas['Freshness'];
}) {
  const c = text.connections;
  return (
    <Panel title={t.connections} actions={<Link to="/connections">{t.allConnections}</Link>}>
      <Table aria-label={t.connections}>
        <Table.Tbody>
          {connections.slice(0, 8).map((one) => (
            <Table.Tr key={one.tenant_id}>
              <Table.Td>
                <Link to="/connections/$tenant" params={{ tenant: one.tenant_id }}>
                  {one.name}
                </Link>
              </Table.Td>
              <Table.Td>
                <Severity tone={stateTone[one.state]}>{c.state[one.state]}</Severity>
              </Table.Td>
              <Table.Td>{c.feedsOf(one.feeds.filter((f) => f.on).length, one.feeds.length)}</Table.Td>
              <Table.Td visibleFrom="sm">
                <Expiry credential={one.credential} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group gap="lg" mt="sm">
        <Text size="sm">
          <span className="nj-dim">{t.newest}: </span>
          <Age value={freshness.newest_event} />
        </Text>
        <Text size="sm">
          <span className="nj-dim">{t.stored}: </span>
          <Age value={freshness.newest_ingested} />
        </Text>
      </Group>
    </Panel>
  );
}

function Workloads({ overview: o, span, tenant }: Of) {
  if (o.events === 0) {
    return (
      <Panel title={t.events}>
        <Empty title={t.eventsNone}>{t.eventsNoneText}</Empty>
      </Panel>
    );
  }
  return (
    <Panel title={t.events} actions={<Text fw={600}>{text.search.total(o.events)}</Text>}>
      <Table aria-label={t.events}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.workload}</Table.Th>
            <Table.Th ta="right">{t.total}</Table.Th>
            <Table.Th>{t.trend}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {o.workloads.map((w) => (
            <Table.Tr key={w.table}>
              <Table.Td>
                <Link to="/search" search={{ ...span, tenant, table: w.table === 'management' ? undefined : w.table }}>
                  {text.search.tableName[w.table]}
                </Link>
              </Table.Td>
              <Table.Td ta="right">{w.total.toLocaleString('en')}</Table.Td>
              <Table.Td w="45%">
                <Sparkline values={w.counts} label={`${text.search.tableName[w.table]}: ${t.trend}`} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function Signins({ overview: o, span, tenant }: Of) {
  const navigate = useNavigate();
  return (
    <Panel
      title={t.signins}
      actions={
        <Link to="/map" search={{ ...span, tenant }}>
          {t.toMap}
        </Link>
      }
    >
      {o.signins.length === 0 ? (
        <Text>{t.noPlaces}</Text>
      ) : (
        <Stack gap="sm">
          <Suspense fallback={<Loading />}>
            <World
              places={o.signins}
              controls={false}
              open={(p) => void navigate({ to: '/search', search: eventsOf(p, span, tenant) })}
            />
          </Suspense>
          <Table aria-label={t.signins}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t.place}</Table.Th>
                <Table.Th>{text.map.columns.layer}</Table.Th>
                <Table.Th ta="right">{t.count}</Table.Th>
                <Table.Th ta="right">{t.people}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {o.signins.slice(0, 6).map((p) => (
                <Table.Tr key={`${p.country} ${p.city} ${p.layer}`}>
                  <Table.Td>
                    <Link to="/search" search={eventsOf(p, span, tenant)}>
                      {placeName(p)}
                    </Link>
                  </Table.Td>
                  <Table.Td>{text.map.layer[p.layer]}</Table.Td>
                  <Table.Td ta="right">{p.count.toLocaleString('en')}</Table.Td>
                  <Table.Td ta="right">{p.people.toLocaleString('en')}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Attributions of={o.attributions} />
        </Stack>
      )}
    </Panel>
  );
}
