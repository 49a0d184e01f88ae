import { Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { approvalsQuery } from '../../api/queries';
import { Panel } from '../../parts/page';
import { Answer, Empty, Failure } from '../../parts/state';
import { Age, Time } from '../../parts/time';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';

const t = text.approvals;

type Approval = Schemas['Approval'];

// Approvals shows what waits for a second person, and lets that person decide.
export function Approvals() {
  const query = useQuery(approvalsQuery);
  return (
    <Stack gap="md">
      <Text>{t.text}</Text>
      <Answer of={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t.empty}>{t.emptyText}</Empty>
          ) : (
            items.map((a) => <One key={a.id} approval={a} />)
          )
        }
      </Answer>
    </Stack>
  );
}

function One({ approval: a }: { approval: Approval }) {
  return (
    <Panel label={a.summary}>
      <Stack gap="sm">
        <Text fw={600}>{a.summary}</Text>
        <Text size="sm">
          {t.who(a.asked_by)} <Age value={a.asked} wall />. {t.expires} <Time value={a.expires} />.
        </Text>
        <details>
          <summary>{t.exactly}</summary>
          <Code block tabIndex={0} aria-label={t.exactly}>
            {JSON.stringify({ operation: a.operation, ...a.parameters }, null, 2)}
          </Code>
        </details>
        {a.state === 'granted' && <Text role="status">{granted(a)}</Text>}
        {a.mine ? <Own approval={a} /> : a.may_decide && <Decide approval={a} />}
      </Stack>
    </Panel>
  );
}

function granted(a: Approval): string {
  const by = a.decided_by ?? '';
  if (!a.repeats) return t.granted(by);
  return a.mine ? t.grantedAgain(by) : t.grantedOther(by);
}

// useChanged asks for everything anew: what was approved may have changed
// anything on any screen.
function useChanged() {
  const client = useQueryClient();
  return () => client.invalidateQueries();
}

function Own({ approval: a }: { approval: Approval }) {
  const changed = useChanged();
  const withdraw = useMutation({
    mutationFn: () => take(api.DELETE('/api/v1/approvals/{id}', { params: { path: { id: a.id } } })),
    onSettled: changed,
  });
  return (
    <>
      {a.state === 'waiting' && <Text c="dimmed">{t.own}</Text>}
      {withdraw.error && <Failure error={withdraw.error} />}
      <Group>
        <Button
          variant="default"
          aria-label={t.forWhat(t.withdraw, a.summary)}
          loading={withdraw.isPending}
          onClick={() => withdraw.mutate()}
        >
          {t.withdraw}
        </Button>
      </Group>
    </>
  );
}

function Decide({ approval: a }: { approval: Approval }) {
  const [reason, setReason] = useState('');
  const guarded = useGuarded();
  const changed = useChanged();
  const path = { id: a.id };
  const approve = useMutation({
    mutationFn: () =>
      guarded(() => take(api.POST('/api/v1/approvals/{id}/approve', { params: { path }, body: { sha256: a.sha256 } }))),
    onSettled: changed,
  });
  const refuse = useMutation({
    mutationFn: () =>
      take(api.POST('/api/v1/approvals/{id}/refuse', { params: { path }, body: { reason: reason.trim() } })),
    onSettled: changed,
  });
  const error = approve.error ?? refuse.error;
  return (
    <>
      {error && <Failure error={error} />}
      <Group align="flex-end">
        {!(a.repeats && a.state === 'granted') && (
          <Button
            aria-label={t.forWhat(t.approve, a.summary)}
            loading={approve.isPending}
            onClick={() => approve.mutate()}
          >
            {t.approve}
          </Button>
        )}
        <TextInput label={t.reason} value={reason} maxLength={500} onChange={(e) => setReason(e.currentTarget.value)} />
        <Button
          variant="default"
          aria-label={t.forWhat(t.refuse, a.summary)}
          disabled={reason.trim() === ''}
          loading={refuse.isPending}
          onClick={() => refuse.mutate()}
        >
          {t.refuse}
        </Button>
      </Group>
    </>
  );
}
