import { Group, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { api, type Schemas, take } from '../../api/client';
import { Fact } from '../../parts/fact';
import { Panel } from '../../parts/page';
import { Answer } from '../../parts/state';
import { Time } from '../../parts/time';
import { alerts as t } from '../../text/alerts';
import { searchOf, spanOf } from './entity';
import { Frame } from './frame';
import { Level } from './level';
import { alertsKey } from './query';
import { AlertRows } from './related';
import { tactic } from './rule';

// IncidentPage tells a story: what happened when, to whom, and how far it went.
export function IncidentPage() {
  const { id } = useParams({ from: '/shell/incidents/$id' });
  const query = useQuery({
    queryKey: [...alertsKey, 'incident', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/incidents/{id}', { params: { path: { id } }, signal })),
    refetchInterval: 15_000,
  });
  return (
    <Frame title={t.incidentOf(query.data?.incident.id ?? id)}>
      <Answer of={query}>
        {(w) => (
          <Stack gap="md">
            <Panel label={t.facts}>
              <Text fw={600} size="lg" style={{ overflowWrap: 'anywhere' }}>
                {w.incident.title}
              </Text>
              <Group mt="sm" align="flex-start" style={{ columnGap: 28, rowGap: 8 }}>
                <Fact name={t.columns.severity}>
                  <Level of={w.incident.severity} />
                </Fact>
                <Fact name={t.columns.status}>{t.incidentStatus[w.incident.status]}</Fact>
                <Fact name={t.incidentColumns.alerts}>{t.alertsOf(w.incident.open, w.incident.alerts)}</Fact>
                <Fact name={t.columns.first}>
                  <Time value={w.incident.first} />
                </Fact>
                <Fact name={t.columns.last}>
                  <Time value={w.incident.last} />
                </Fact>
                <Fact name={t.tenant}>{w.incident.tenant}</Fact>
              </Group>
            </Panel>
            <Tactics of={w.incident} />
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              <Stack gap="md" miw={0}>
                <Panel title={t.timeline}>
                  <Timeline of={w} />
                </Panel>
              </Stack>
              <Stack gap="md" miw={0}>
                <Panel title={t.list}>
                  <AlertRows of={w.alerts} label={t.list} />
                </Panel>
                <Panel title={t.entities}>
                  <About of={w.incident} />
                </Panel>
              </Stack>
            </SimpleGrid>
          </Stack>
        )}
      </Answer>
    </Frame>
  );
}

// Tactics are in the order in which ATT&CK has them: how far it went.
function Tactics({ of }: { of: Schemas['Incident'] }) {
  return (
    <Panel title={t.tactics}>
      {of.tactics.length === 0 ? (
        <Text c="dimmed">{t.noTactics}</Text>
      ) : (
        <>
          <Group gap="xs" component="ol" p={0} m={0} style={{ listStyle: 'none' }}>
            {of.tactics.map((name, i) => (
              <li key={name}>
                {i > 0 && <span className="nj-dim">→ </span>}
                <b>{tactic(name)}</b>
              </li>
            ))}
          </Group>
          <Text size="sm" c="dimmed">
            {of.techniques.join(' · ')}
          </Text>
        </>
      )}
    </Panel>
  );
}

function Timeline({ of: w }: { of: Schemas['WholeIncident'] }) {
  return (
    <Table.ScrollContainer minWidth={460} type="native" role="group" aria-label={t.timeline}>
      <Table aria-label={t.timeline}>
        <Table.Tbody>
          {w.timeline.map((e, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: entries have no ids, and only come in at the end
            <Table.Tr key={i}>
              <Table.Td w={190} style={{ verticalAlign: 'top' }}>
                <Time value={e.time} />
              </Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                {e.severity && <Level of={e.severity} />} {e.actor && <b>{e.actor}: </b>}
                {e.text}{' '}
                {e.events !== undefined && e.events > 0 && <span className="nj-dim">({t.events(e.events)}) </span>}
                <Link to="/alerts/$id" params={{ id: e.alert }}>
                  {e.alert}
                </Link>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function About({ of: one }: { of: Schemas['Incident'] }) {
  return (
    <Table.ScrollContainer minWidth={460} type="native" role="group" aria-label={t.entities}>
      <Table aria-label={t.entities}>
        <Table.Tbody>
          {one.entities.map((e) => (
            <Table.Tr key={`${e.kind} ${e.value}`}>
              <Table.Th w={110} scope="row">
                {t.kind[e.kind]}
              </Table.Th>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                {e.kind === 'tenant' || e.kind === 'collector' ? (
                  e.value
                ) : (
                  <Link to="/search" search={searchOf(e, spanOf(one), one.tenant_id)}>
                    {e.value}
                  </Link>
                )}
              </Table.Td>
              <Table.Td ta="right">{t.several(e.alerts)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
