import { Button, Group, NativeSelect, Progress, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useMemo, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { ApiError } from '../../api/error';
import { Chart } from '../../parts/chart';
import { Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Empty, Failure } from '../../parts/state';
import { TenantPicker } from '../../parts/tenantpicker';
import { Time } from '../../parts/time';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { rules } from '../../text/rules';
import { useClock } from '../../time/clock';
import { iso } from '../../time/format';
import { day } from '../../time/span';
import { Level } from '../alerts/level';
import { backtestQuery, type Detail } from './query';

const t = rules.backtest;

const spans = [1, 7, 30, 90, 0];

// Backtest asks a rule of what is stored. Its id is in the address: it goes on
// while the page is reloaded.
export function Backtest({ rule }: { rule: Detail }) {
  const { run } = useSearch({ from: '/shell/rules/$id' });
  const { may } = useMe();
  if (rule.kind === 'warning') return <Empty title={t.noPast} />;
  return (
    <Stack gap="md">
      <Panel title={rules.tabs.backtest}>
        {may('rule.manage') ? <Begin rule={rule} /> : <Text size="sm">{t.forOthers}</Text>}
      </Panel>
      {run && <Run rule={rule} run={run} />}
    </Stack>
  );
}

function Begin({ rule }: { rule: Detail }) {
  const navigate = useNavigate({ from: '/rules/$id' });
  const client = useQueryClient();
  const clock = useClock();
  const [days, setDays] = useState(30);
  const [tenants, setTenants] = useState<string[]>();
  const start = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/rules/{id}/backtest', {
          params: { path: { id: rule.id } },
          body: {
            ...(tenants ? { tenants } : {}),
            ...(days > 0 ? { from: iso(Math.floor((clock.now() - days * day) / 1000) * 1000) } : {}),
          },
        }),
      ),
    onSuccess: (begun) => {
      client.setQueryData(backtestQuery(rule.id, begun.id).queryKey, begun);
      return navigate({ search: (now) => ({ ...now, run: begun.id }), replace: true });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    start.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">{rule.kind === 'query' ? `${t.text} ${t.questions}` : t.text}</Text>
        <Group align="flex-end" gap="sm">
          <NativeSelect
            label={t.span}
            value={String(days)}
            onChange={(e) => setDays(Number(e.currentTarget.value))}
            data={spans.map((n) => ({ value: String(n), label: t.spans[n] ?? '' }))}
          />
          <TenantPicker value={tenants} onChange={setTenants} />
          <Button type="submit" loading={start.isPending}>
            {t.start}
          </Button>
        </Group>
        {start.error && <Failure error={start.error} />}
      </Stack>
    </form>
  );
}

function Run({ rule, run }: { rule: Detail; run: string }) {
  const query = useQuery(backtestQuery(rule.id, run));
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () =>
      take(api.DELETE('/api/v1/rules/{id}/backtest/{backtest}', { params: { path: { id: rule.id, backtest: run } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: backtestQuery(rule.id, run).queryKey }),
  });
  const b = query.data;
  if (!b) {
    if (!query.error) return null;
    return ApiError.of(query.error).code === 'not_found' ? (
      <Text c="dimmed">{t.gone}</Text>
    ) : (
      <Failure error={query.error} retry={() => query.refetch()} />
    );
  }
  return (
    <Panel title={t.state[b.state]}>
      <Stack gap="md">
        {b.state === 'running' ? (
          <>
            <Progress.Root size="lg">
              <Progress.Section value={b.share * 100} aria-label={t.progress} />
            </Progress.Root>
            <Group gap="sm">
              <Text>{t.running(b.share, t.asked(b.events, b.questions))}</Text>
              <Button variant="default" size="compact-sm" onClick={() => cancel.mutate()} loading={cancel.isPending}>
                {t.cancel}
              </Button>
            </Group>
          </>
        ) : (
          <div role="status">
            {b.state === 'done' && <Text fw={600}>{t.done(b.findings, b.alerts)}</Text>}
            <Text size="sm" c="dimmed">
              {t.took(t.asked(b.events, b.questions), b.seconds)}
            </Text>
          </div>
        )}
        {b.problem && <Severity tone={b.state === 'failed' ? 'critical' : 'warning'}>{b.problem}</Severity>}
        {cancel.error && <Failure error={cancel.error} />}
        <Days backtest={b} />
        <Samples all={b.samples} />
      </Stack>
    </Panel>
  );
}

function Days({ backtest: b }: { backtest: Schemas['Backtest'] }) {
  const times = useMemo(() => b.days.map((d) => Date.parse(d.day)), [b.days]);
  const series = useMemo(() => [{ name: t.findings, values: b.days.map((d) => d.findings) }], [b.days]);
  if (b.findings === 0) return null;
  return (
    <>
      {b.days.length > 1 && <Chart label={t.days} times={times} series={series} kind="bars" />}
      <Table aria-label={t.days} maw={360}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.day}</Table.Th>
            <Table.Th ta="right">{t.findings}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {b.days
            .filter((d) => d.findings > 0)
            .map((d) => (
              <Table.Tr key={d.day}>
                <Table.Td>{d.day}</Table.Td>
                <Table.Td ta="right">{d.findings.toLocaleString('en')}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

function Samples({ all }: { all: Schemas['Backtest']['samples'] }) {
  const { tenantName } = useMe();
  if (all.length === 0) return null;
  return (
    <Table.ScrollContainer minWidth={640} type="native" role="group" aria-label={t.samples}>
      <Table aria-label={t.samples}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.time}</Table.Th>
            <Table.Th>{rules.columns.level}</Table.Th>
            <Table.Th>{t.said}</Table.Th>
            <Table.Th>{text.shell.tenants}</Table.Th>
            <Table.Th ta="right">{t.events}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {all.map((s, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: samples come in one order and have no id
            <Table.Tr key={i}>
              <Table.Td>
                <Time value={s.time} />
              </Table.Td>
              <Table.Td>
                <Level of={s.severity} />
              </Table.Td>
              <Table.Td>{s.reason}</Table.Td>
              <Table.Td>{tenantName(s.tenant_id)}</Table.Td>
              <Table.Td ta="right">{s.count.toLocaleString('en')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
