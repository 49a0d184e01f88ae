import { Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Copy } from '../../parts/copy';
import { More } from '../../parts/more';
import { Severity } from '../../parts/severity';
import { Answer, Empty, Failure } from '../../parts/state';
import { Time } from '../../parts/time';
import { useMe } from '../../session/me';
import { text } from '../../text';

const t = text.settings.audit;

export function Audit() {
  const { action } = useSearch({ from: '/shell/settings/audit' });
  const query = useInfiniteQuery({
    queryKey: ['audit', action],
    queryFn: ({ signal, pageParam }) =>
      take(
        api.GET('/api/v1/audit', {
          params: { query: { action, limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });
  return (
    <Stack gap="md">
      <Text>{t.text}</Text>
      <Group gap="sm" align="flex-end">
        <ByAction key={action} value={action ?? ''} />
        <Verify />
      </Group>
      <Answer of={query}>
        {(data) => {
          const entries = data.pages.flatMap((p) => p.items);
          return entries.length === 0 ? <Empty title={t.none} /> : <Rows entries={entries} />;
        }}
      </Answer>
      <More of={query}>{t.more}</More>
    </Stack>
  );
}

function ByAction({ value }: { value: string }) {
  const [typed, setTyped] = useState(value);
  const navigate = useNavigate({ from: '/settings/audit' });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void navigate({ search: { action: typed.trim() || undefined } });
  };
  return (
    <form onSubmit={submit}>
      <Group gap="sm" align="flex-end">
        <TextInput
          label={t.action}
          placeholder={t.actionHint}
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
          pattern="[a-z_.]+"
          data-search-field
        />
        <Button type="submit" variant="default">
          {text.search.go}
        </Button>
      </Group>
    </form>
  );
}

function Verify() {
  const verify = useMutation({ mutationFn: () => take(api.GET('/api/v1/audit/verify')) });
  const report = verify.data;
  return (
    <>
      <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
        {t.verify}
      </Button>
      <div role="status">
        {report && (
          <>
            <Severity tone={report.ok ? 'ok' : 'critical'}>
              {report.ok
                ? t.ok(report.entries)
                : report.broken
                  ? t.broken(report.broken.seq, report.broken.reason)
                  : text.tone.critical}
            </Severity>
            {report.head && (
              <Text size="xs" c="dimmed">
                {t.head}: <Copy value={`${report.head.seq}:${report.head.hash}`} />
              </Text>
            )}
          </>
        )}
      </div>
      {verify.error && <Failure error={verify.error} />}
    </>
  );
}

function Rows({ entries }: { entries: Schemas['AuditEntry'][] }) {
  const { tenantName } = useMe();
  return (
    <Table.ScrollContainer minWidth={900} type="native" role="group" aria-label={text.settings.pages.audit}>
      <Table aria-label={text.settings.pages.audit}>
        <Table.Thead>
          <Table.Tr>
            {Object.values(t.columns).map((c) => (
              <Table.Th key={c}>{c}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((e) => (
            <Table.Tr key={e.seq}>
              <Table.Td ta="right">{e.seq}</Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <Time value={e.time} />
              </Table.Td>
              <Table.Td>{e.actor.name || e.actor.kind}</Table.Td>
              <Table.Td className="nj-mono">{e.action}</Table.Td>
              <Table.Td>{[e.target, e.tenant && tenantName(e.tenant)].filter(Boolean).join(' · ')}</Table.Td>
              <Table.Td className="nj-mono" style={{ whiteSpace: 'nowrap' }}>
                {e.address}
              </Table.Td>
              <Table.Td>
                <Severity tone={e.outcome === 'success' ? 'ok' : 'warning'}>{e.outcome}</Severity>
              </Table.Td>
              <Table.Td className="nj-mono">
                {Object.entries(e.detail ?? {})
                  .map(([k, v]) => `${k}=${v}`)
                  .join(' ')}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
