import { ActionIcon, Drawer, Group, Stack, Table, Text, Title, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';
import { curl, quoted } from '../../parts/command';
import { CopyIcon, CopyMenu } from '../../parts/copy';
import { Icon } from '../../parts/icon';
import { LinkButton } from '../../parts/linkbutton';
import { Answer, Failure } from '../../parts/state';
import { Time } from '../../parts/time';
import { text } from '../../text';
import { iso } from '../../time/format';
import type { Span } from '../../time/span';
import { type Filter, type SearchAddress, writeFilter } from './address';
import { bagsOf, type EventName, pretty, readEvent, writeEvent } from './record';

const t = text.search;

type Props = {
  address: SearchAddress & Span;
  items: Schemas['Event'][];
  change: (part: Partial<SearchAddress>, replace?: boolean) => void;
  filter: (f: Filter) => void;
};

// EventDrawer shows one event whole, beside the list that it is in.
export function EventDrawer({ address, items, change, filter }: Props) {
  const name = address.event ? readEvent(address.event) : undefined;
  const at = items.findIndex((i) => writeEvent(i) === address.event);
  const step = (by: number) => {
    const item = items[at + by];
    if (item) change({ event: writeEvent(item) }, true);
  };
  return (
    <Drawer
      opened={name !== undefined}
      onClose={() => change({ event: undefined })}
      position="right"
      size="min(600px, 100vw)"
      withOverlay={false}
      lockScroll={false}
      title={t.event.title}
      closeButtonProps={{ 'aria-label': text.action.close }}
    >
      <Group gap="xs" mb="sm">
        <Step label={t.event.previous} icon="left" disabled={at <= 0} act={() => step(-1)} />
        <Step label={t.event.next} icon="right" disabled={at < 0 || at >= items.length - 1} act={() => step(1)} />
      </Group>
      {name && <Whole name={name} filter={filter} />}
    </Drawer>
  );
}

function Step({
  label,
  icon,
  disabled,
  act,
}: {
  label: string;
  icon: 'left' | 'right';
  disabled: boolean;
  act: () => void;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" aria-label={label} disabled={disabled} onClick={act}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}

function Whole({ name, filter }: { name: EventName; filter: (f: Filter) => void }) {
  const asked = { tenant: name.tenant, id: name.id || undefined, time: name.time };
  const query = useQuery({
    queryKey: ['event', name],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/events/{ref}', { params: { path: { ref: name.ref }, query: asked }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (query.error && !query.data) return <Failure error={query.error} retry={() => query.refetch()} />;
  return <Answer of={query}>{(whole) => <Parts whole={whole} filter={filter} />}</Answer>;
}

// The order in which an analyst reads an event; what is not named follows.
const order = [
  'time',
  'operation',
  'user_id',
  'client_ip',
  'country',
  'city',
  'network',
  'asn',
  'result',
  'object_id',
  'app_id',
  'user_agent',
  'session_id',
  'workload',
  'record_type',
];
const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);

const hidden = new Set(['ref', 'table_name', 'lat', 'lon', 'place_source']);
const times = new Set(['time', 'ingested', 'content_created']);
const plain = new Set([...times, 'id', 'tenant_id']);

function Parts({ whole, filter }: { whole: Schemas['WholeEvent']; filter: (f: Filter) => void }) {
  const e = whole.event;
  const path = `/api/v1/events/${e.ref}?${new URLSearchParams({ tenant: e.tenant_id, id: e.id, time: e.time })}`;
  const sql = `SELECT time, user_id, operation, raw FROM ${e.table_name} WHERE time = TIMESTAMP '${e.time.replace('T', ' ').replace('Z', '')}' AND id = '${e.id.replaceAll("'", "''")}'`;
  const bags = bagsOf(whole.fields);
  return (
    <Stack gap="lg">
      <Group gap="sm">
        <CopyMenu
          forms={[
            { label: t.event.copy.value, value: () => whole.raw },
            { label: t.event.copy.link, value: () => window.location.href },
            { label: t.event.copy.sql, value: () => sql },
            { label: t.event.copy.cli, value: () => `nightjar event show ${quoted(e.ref)}` },
            { label: t.event.copy.curl, value: () => curl('GET', path) },
          ]}
        />
        {e.user_id && (
          <LinkButton
            variant="default"
            to="/search"
            search={{
              from: iso(Date.parse(e.time) - 1_800_000),
              to: iso(Date.parse(e.time) + 1_800_000),
              f: [writeFilter({ field: 'user_id', op: 'is', value: e.user_id })],
            }}
          >
            {t.event.near}
          </LinkButton>
        )}
      </Group>
      <Table aria-label={t.event.facts} layout="fixed">
        <Table.Tbody>
          {Object.entries(e)
            .filter(([key, value]) => !hidden.has(key) && value !== '' && value !== undefined && value !== null)
            .sort(([a], [b]) => rank(a) - rank(b))
            .map(([key, value]) => (
              <Row
                key={key}
                name={key}
                label={t.field[key] ?? key}
                value={String(value)}
                filter={plain.has(key) ? undefined : filter}
              >
                {times.has(key) ? <Time value={String(value)} /> : undefined}
              </Row>
            ))}
          {e.place_source && (
            <Row name="place_source" label={t.event.placeSource} value={e.place_source} filter={undefined} />
          )}
        </Table.Tbody>
      </Table>
      {bags.length > 0 && (
        <div>
          <Title order={2}>{t.event.bags}</Title>
          <Table aria-label={t.event.bags} layout="fixed">
            <Table.Tbody>
              {bags.map((b) => (
                <Row key={b.path} name={b.path} label={b.path} value={b.value} filter={undefined} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <div>
        <Group gap="xs">
          <Title order={2}>{t.event.raw}</Title>
          <CopyIcon value={whole.raw} label={t.event.raw} />
        </Group>
        <section className="nj-code" aria-label={t.event.raw} tabIndex={0}>
          {pretty(whole.raw)}
        </section>
      </div>
    </Stack>
  );
}

type RowProps = {
  name: string;
  label: string;
  value: string;
  filter: ((f: Filter) => void) | undefined;
  children?: React.ReactNode;
};

function Row({ name, label, value, filter, children }: RowProps) {
  return (
    <Table.Tr>
      <Table.Th w={160} style={{ verticalAlign: 'top', overflowWrap: 'anywhere' }} scope="row">
        {label}
      </Table.Th>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{children ?? value}</Table.Td>
      <Table.Td w={88} style={{ verticalAlign: 'top' }}>
        <Group gap={0} wrap="nowrap" justify="flex-end">
          {filter && (
            <>
              <Filtering
                label={t.include(`${label} ${value}`)}
                icon="plus"
                act={() => filter({ field: name, op: 'is', value })}
              />
              <Filtering
                label={t.exclude(`${label} ${value}`)}
                icon="minus"
                act={() => filter({ field: name, op: 'is_not', value })}
              />
            </>
          )}
          <CopyIcon value={value} label={label} />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function Filtering({ label, icon, act }: { label: string; icon: 'plus' | 'minus'; act: () => void }) {
  return (
    <Tooltip label={<Text size="xs">{label}</Text>}>
      <ActionIcon size={24} variant="subtle" color="gray" aria-label={label} onClick={act}>
        <Icon name={icon} size={14} />
      </ActionIcon>
    </Tooltip>
  );
}
