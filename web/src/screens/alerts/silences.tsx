import { Button, Modal, Switch, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Answer, Empty, Failure } from '../../parts/state';
import { Time } from '../../parts/time';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { alerts as t } from '../../text/alerts';
import { Frame } from './frame';
import { alertQuery, alertsKey } from './query';
import { AddSilence } from './silence';

type Silence = Schemas['Silence'];

// Silences lists what keeps alerts from being notified, and makes and ends it.
export function Silences() {
  const { past, like } = useSearch({ from: '/shell/silences' });
  const navigate = useNavigate({ from: '/silences' });
  const { may } = useMe();
  const [adding, add] = useState(false);
  const query = useQuery({
    queryKey: [...alertsKey, 'silences', past],
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/silences', {
          params: { query: past ? { state: ['pending', 'active', 'expired', 'ended'] } : {} },
          signal,
        }),
      ),
    refetchInterval: 30_000,
  });
  const example = useQuery({ ...alertQuery(like ?? ''), enabled: like !== undefined });
  const close = () => {
    add(false);
    if (like) void navigate({ search: (now) => ({ ...now, like: undefined }), replace: true });
  };
  const ready = like === undefined ? adding : example.isSuccess || example.isError;
  return (
    <Frame
      title={t.silences}
      actions={
        <>
          <Switch
            label={t.silencePast}
            checked={past ?? false}
            onChange={(e) => navigate({ search: (now) => ({ ...now, past: e.currentTarget.checked || undefined }) })}
          />
          {may('alert.manage') && <Button onClick={() => add(true)}>{t.silenceAdd}</Button>}
        </>
      }
    >
      <Text>{t.silenceText}</Text>
      <Answer of={query}>
        {(s) =>
          s.items.length === 0 ? <Empty title={t.silenceNone}>{t.silenceNoneText}</Empty> : <Rows of={s.items} />
        }
      </Answer>
      <Modal
        opened={ready}
        onClose={close}
        title={t.silenceAdd}
        size="lg"
        closeButtonProps={{ 'aria-label': text.action.cancel }}
      >
        <AddSilence like={like ? example.data : undefined} done={close} />
      </Modal>
    </Frame>
  );
}

function Rows({ of }: { of: Silence[] }) {
  const c = t.silenceColumns;
  const { may } = useMe();
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: (id: string) => take(api.POST('/api/v1/silences/{id}/end', { params: { path: { id } } })),
    onSuccess: () => notifications.show({ message: t.silenceEnded }),
    onSettled: () => client.invalidateQueries({ queryKey: alertsKey }),
  });
  return (
    <>
      {end.error && <Failure error={end.error} />}
      <Table.ScrollContainer minWidth={860} type="native" role="group" aria-label={t.silences}>
        <Table aria-label={t.silences}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{c.what}</Table.Th>
              <Table.Th>{c.why}</Table.Th>
              <Table.Th>{c.who}</Table.Th>
              <Table.Th>{c.until}</Table.Th>
              <Table.Th ta="right">{c.hides}</Table.Th>
              <Table.Th>{c.state}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {of.map((s) => (
              <Table.Tr key={s.id}>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  <What of={s} />
                </Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{s.reason}</Table.Td>
                <Table.Td>{s.owner}</Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <Time value={s.ended ?? s.expires} detail="minute" />
                </Table.Td>
                <Table.Td ta="right">{s.hides.toLocaleString('en')}</Table.Td>
                <Table.Td>{t.silenceState[s.state]}</Table.Td>
                <Table.Td>
                  {(s.state === 'active' || s.state === 'pending') && ends(s, may) && (
                    <Button
                      variant="default"
                      size="compact-md"
                      aria-label={t.silenceEndOf(sayMatchers(s.matchers))}
                      loading={end.isPending && end.variables === s.id}
                      onClick={() => end.mutate(s.id)}
                    >
                      {t.silenceEnd}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}

// A silence is ended by whoever may change the alerts of all its tenants.
function ends(s: Silence, may: ReturnType<typeof useMe>['may']): boolean {
  if (s.tenants.length === 0) return may('alert.manage', 'all');
  return s.tenants.every((tenant) => may('alert.manage', tenant));
}

function What({ of: s }: { of: Silence }) {
  const { tenantName } = useMe();
  return (
    <>
      {s.kind === 'inhibition' && <b>{t.silenceKind.inhibition}: </b>}
      {sayMatchers(s.matchers)}
      {s.sources.length > 0 && (
        <div className="nj-dim">
          {t.whileOpen(
            sayMatchers(s.sources),
            s.shared.map((kind) => t.kind[kind].toLowerCase()),
          )}
        </div>
      )}
      {s.tenants.length > 0 && <div className="nj-dim">{s.tenants.map(tenantName).join(', ')}</div>}
    </>
  );
}

function sayMatchers(all: Schemas['Matcher'][]): string {
  return all.map((m) => t.matches(t.matcher[m.field], m.values)).join('; ');
}
