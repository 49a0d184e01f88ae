import { Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { CopyIcon } from '../../parts/copy';
import { More } from '../../parts/more';
import { Panel } from '../../parts/page';
import { Answer, Failure, Loading } from '../../parts/state';
import { Time } from '../../parts/time';
import { alerts as t } from '../../text/alerts';
import { formatTime, iso } from '../../time/format';
import { hour } from '../../time/span';
import { useZone } from '../../time/zone';
import { pretty } from '../search/record';
import { type Alert, findingsQuery } from './query';

type Finding = Schemas['Finding'];
type Ref = Finding['events'][number];

// Evidence is what the findings of an alert rest on.
export function Evidence({ of: a }: { of: Alert }) {
  const query = useInfiniteQuery(findingsQuery(a.id));
  return (
    <Panel title={t.evidence} actions={<Text size="sm">{t.findings(a.findings)}</Text>}>
      <Answer of={query}>
        {(data) => (
          <Stack gap="lg">
            {data.pages
              .flatMap((p) => p.items)
              .map((f, i) => (
                <One key={f.id} finding={f} tenant={a.tenant_id} first={i === 0} />
              ))}
            <More of={query}>{t.moreFindings}</More>
          </Stack>
        )}
      </Answer>
    </Panel>
  );
}

function One({ finding: f, tenant, first }: { finding: Finding; tenant: string; first: boolean }) {
  const { zone } = useZone();
  const values = Object.entries(f.values);
  return (
    <div>
      <Title order={3}>{t.finding(formatTime(f.time, zone))}</Title>
      {!first && <Text>{f.reason}</Text>}
      {values.length > 0 && (
        <Table aria-label={t.values} layout="fixed">
          <Table.Tbody>
            {values.map(([field, value]) => (
              <Table.Tr key={field}>
                <Table.Th w={200} scope="row" style={{ overflowWrap: 'anywhere' }}>
                  {field}
                </Table.Th>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
                <Table.Td w={44}>
                  <CopyIcon value={value} label={field} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {f.events.length === 0 && <Text c="dimmed">{t.evidenceNone}</Text>}
      {f.events.length > 0 && f.count > f.events.length && (
        <Text size="sm" c="dimmed">
          {t.evidenceMore(f.events.length, f.count)}
        </Text>
      )}
      {f.events.length > 0 && <Events of={f.events} tenant={tenant} />}
    </div>
  );
}

// How many events of a finding are listed before it is asked for more.
const few = 10;

function Events({ of, tenant }: { of: Ref[]; tenant: string }) {
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState<string>();
  const shown = all ? of : of.slice(0, few);
  return (
    <Stack gap="xs" mt="xs">
      {shown.map((e) => {
        const what = `${e.operation ?? e.table} ${iso(e.time)}`;
        return (
          <div key={e.id}>
            <Group gap="sm">
              <Time value={e.time} />
              <span className="nj-mono">{e.operation ?? e.table}</span>
              <Button
                variant="default"
                size="compact-sm"
                aria-expanded={open === e.id}
                aria-label={t.rawOf(what)}
                onClick={() => setOpen(open === e.id ? undefined : e.id)}
              >
                {t.raw}
              </Button>
              <Link
                to="/search"
                search={{
                  from: iso(Date.parse(e.time) - hour),
                  to: iso(Date.parse(e.time) + hour),
                  tenant: [tenant],
                  event: `${tenant},0:0,${e.time},${e.id}`,
                }}
                aria-label={t.openEventOf(what)}
              >
                {t.openEvent}
              </Link>
            </Group>
            {open === e.id && <Raw of={e} tenant={tenant} />}
          </div>
        );
      })}
      {!all && of.length > few && (
        <Button variant="subtle" size="compact-sm" onClick={() => setAll(true)} style={{ alignSelf: 'flex-start' }}>
          {t.allEvents(of.length)}
        </Button>
      )}
    </Stack>
  );
}

// Raw is the record as Microsoft sent it, fetched when somebody wants to see it.
function Raw({ of: e, tenant }: { of: Ref; tenant: string }) {
  const query = useQuery({
    queryKey: ['event', { tenant, ref: '0:0', time: e.time, id: e.id }],
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/events/{ref}', {
          params: { path: { ref: '0:0' }, query: { tenant, id: e.id, time: e.time } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (query.error) return <Failure error={query.error} retry={() => query.refetch()} />;
  if (!query.data) return <Loading />;
  return (
    <section className="nj-code" aria-label={t.rawOf(e.operation ?? e.id)} tabIndex={0}>
      {pretty(query.data.raw)}
    </section>
  );
}
