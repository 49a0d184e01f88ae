import { Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, take } from '../../api/client';
import { Icon } from '../../parts/icon';
import { Severity } from '../../parts/severity';
import { Answer, Empty, Failure } from '../../parts/state';
import { Age } from '../../parts/time';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { notify } from '../../text/notify';
import { ChannelForm } from './form';
import { Head } from './head';
import { type Channel, channelsQuery, kindsQuery, routesQuery } from './query';
import { TestResult } from './test';

const t = notify.channels;

type Open = { kind: 'add' } | { kind: 'edit' | 'remove' | 'test'; channel: Channel };

const tone = { unused: 'idle', ok: 'ok', failing: 'critical', disabled: 'idle' } as const;

// Channels are where notifications go, and how sending to them goes.
export function Channels() {
  const channels = useQuery(channelsQuery);
  const kinds = useQuery(kindsQuery);
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const add = (
    <Button onClick={() => setOpen({ kind: 'add' })} leftSection={<Icon name="plus" />}>
      {t.add}
    </Button>
  );
  const titles = new Map(kinds.data?.items.map((k) => [k.kind, k.title]));
  return (
    <Stack gap="md">
      <Answer of={channels}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t.none} action={add}>
              {t.noneText}
            </Empty>
          ) : (
            <>
              <Group>{add}</Group>
              <Rows items={items} titles={titles} setOpen={setOpen} />
            </>
          )
        }
      </Answer>
      <Modal
        opened={open !== undefined}
        onClose={close}
        title={open ? title(open) : ''}
        size="lg"
        closeButtonProps={{ 'aria-label': text.action.close }}
      >
        {open?.kind === 'add' && kinds.data && <ChannelForm kinds={kinds.data.items} close={close} />}
        {open?.kind === 'edit' && kinds.data && (
          <ChannelForm kinds={kinds.data.items} channel={open.channel} close={close} />
        )}
        {(open?.kind === 'add' || open?.kind === 'edit') && kinds.error && <Failure error={kinds.error} />}
        {open?.kind === 'remove' && <Remove channel={open.channel} close={close} />}
        {open?.kind === 'test' && <TestResult channel={open.channel} close={close} />}
      </Modal>
    </Stack>
  );
}

function title(open: Open): string {
  if (open.kind === 'add') return t.add;
  return { edit: t.editOf, remove: t.removeOf, test: t.tested }[open.kind](open.channel.name);
}

type RowsProps = { items: Channel[]; titles: Map<string, string>; setOpen: (open: Open) => void };

function Rows({ items, titles, setOpen }: RowsProps) {
  return (
    <Table.ScrollContainer minWidth={760} type="native" role="group" aria-label={notify.tabs.channels}>
      <Table aria-label={notify.tabs.channels}>
        <Head columns={t.columns} />
        <Table.Tbody>
          {items.map((c) => (
            <Table.Tr key={c.id}>
              <Table.Th scope="row">
                {c.name}
                {c.destination && <div className="nj-dim nj-mono">{c.destination}</div>}
              </Table.Th>
              <Table.Td>{titles.get(c.kind) ?? c.kind}</Table.Td>
              <Table.Td>
                <Severity tone={tone[c.state]}>{t.state[c.state]}</Severity>
                {c.state === 'failing' && (
                  <div className="nj-dim">
                    {c.problem} ({t.since} <Age value={c.failing_since} />)
                  </div>
                )}
              </Table.Td>
              <Table.Td>
                <Age value={c.last_sent} />
              </Table.Td>
              <Table.Td>
                <Link to="/notifications" search={{ tab: 'deliveries', channel: c.id }}>
                  {t.deliveries}
                </Link>
                {c.waiting > 0 && <div>{t.waiting(c.waiting)}</div>}
                {c.dead > 0 && <Severity tone="critical">{t.dead(c.dead)}</Severity>}
                {c.doubtful > 0 && <Severity tone="warning">{t.doubtful(c.doubtful)}</Severity>}
              </Table.Td>
              <Table.Td>
                <Group gap={4} wrap="nowrap" justify="flex-end">
                  <Button
                    size="compact-sm"
                    aria-label={t.testOf(c.name)}
                    onClick={() => setOpen({ kind: 'test', channel: c })}
                  >
                    {t.test}
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={t.editOf(c.name)}
                    onClick={() => setOpen({ kind: 'edit', channel: c })}
                  >
                    {t.edit}
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={t.removeOf(c.name)}
                    onClick={() => setOpen({ kind: 'remove', channel: c })}
                  >
                    {t.remove}
                  </Button>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Remove({ channel: c, close }: { channel: Channel; close: () => void }) {
  const guarded = useGuarded();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => guarded(() => take(api.DELETE('/api/v1/channels/{id}', { params: { path: { id: c.id } } }))),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: channelsQuery.queryKey });
      void client.invalidateQueries({ queryKey: routesQuery.queryKey });
      close();
    },
  });
  return (
    <Stack gap="md">
      <Text>{t.removeText(c.name)}</Text>
      {remove.error && <Failure error={remove.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={close} data-autofocus>
          {text.action.cancel}
        </Button>
        <Button color="red.9" onClick={() => remove.mutate()} loading={remove.isPending}>
          {t.remove}
        </Button>
      </Group>
    </Stack>
  );
}
