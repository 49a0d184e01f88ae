import { Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { allApprovalsQuery } from '../../api/queries';
import { Panel } from '../../parts/page';
import { Answer, Empty, Failure } from '../../parts/state';
import { Age, Time } from '../../parts/time';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';

const t = text.approvals;

type Approval = Schemas['Approval'];

// Approvals shows what waits for a second person, and lets that person decide.
export function Approvals() {
  const query = useQuery(allApprovalsQuery);
  return (
    <Stack gap="md">
      <Text>{t.text}</Text>
      <Answer of={query}>
        {({ items }) => {
          const open = items.filter(isOpen);
          const over = items.filter((a) => !isOpen(a));
          return (
            <>
              {open.length === 0 && <Empty title={t.empty}>{t.emptyText}</Empty>}
              {open.map((a) => (
                <One key={a.id} approval={a} />
              ))}
              {over.length > 0 && <Over approvals={over} />}
            </>
          );
        }}
      </Answer>
    </Stack>
  );
}

const isOpen = (a: Approval) => a.state === 'waiting' || a.state === 'granted';

// Over tells who asked what became of it, and why not.
function Over({ approvals }: { approvals: Approval[] }) {
  return (
    <Panel title={t.over}>
      <Text size="sm" c="dimmed" mb="sm">
        {t.overNote}
      </Text>
      <Stack component="ul" gap="md" m={0} p={0} style={{ listStyle: 'none' }} aria-label={t.over}>
        {approvals.map((a) => (
          <li key={a.id}>
            <Text>{a.summary}</Text>
            <Text size="sm" c="dimmed">
              {t.who(a.asked_by)}. {t.outcome(a.state, a.decided_by)} <Age value={a.ended} wall />.
            </Text>
            {a.reason && <Text size="sm">{t.because(a.reason)}</Text>}
          </li>
        ))}
      </Stack>
    </Panel>
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
        {a.state === 'granted' && (
          <div role="status">
            <Text>{granted(a)}</Text>
            {a.reason && <Text>{t.failed(a.reason)}</Text>}
            {a.repeats && a.mine && <Place approval={a} />}
          </div>
        )}
        {a.mine ? <Own approval={a} /> : a.may_decide && <Decide approval={a} />}
      </Stack>
    </Panel>
  );
}

// Place leads to where what was asked for is done again.
function Place({ approval: a }: { approval: Approval }) {
  return a.tenant_id ? (
    <Link to="/connections/$tenant" params={{ tenant: a.tenant_id }}>
      {t.goThere}
    </Link>
  ) : (
    <Link to="/settings/people">{t.goThere}</Link>
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
      {!(a.repeats && a.state === 'granted') && (
        <Group>
          <Button
            aria-label={t.forWhat(t.approve, a.summary)}
            loading={approve.isPending}
            onClick={() => approve.mutate()}
          >
            {t.approve}
          </Button>
        </Group>
      )}
      <Group align="flex-end" wrap="nowrap">
        <TextInput
          label={t.reason}
          value={reason}
          maxLength={500}
          onChange={(e) => setReason(e.currentTarget.value)}
          flex={1}
          maw={480}
        />
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
