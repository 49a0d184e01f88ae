import { Button, Group, NativeSelect, Stack, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api, type Schemas, take } from '../../api/client';
import { More } from '../../parts/more';
import { Severity } from '../../parts/severity';
import { Answer, Empty, Failure } from '../../parts/state';
import { Age, Time } from '../../parts/time';
import { notify } from '../../text/notify';
import { Level } from '../alerts/level';
import { type NotifyAddress, statuses } from './address';
import { Head } from './head';
import { channelsQuery, deliveriesKey, deliveriesQuery } from './query';

const t = notify.deliveries;

type Delivery = Schemas['Delivery'];

const tone = { queued: 'idle', sending: 'info', sent: 'ok', doubtful: 'warning', dead: 'critical' } as const;

// Deliveries are what was sent, waits or was given up, with what the other
// side said.
export function Deliveries() {
  const address = useSearch({ from: '/shell/notifications' });
  const query = useInfiniteQuery(deliveriesQuery(address));
  return (
    <Stack gap="md">
      <Text size="sm">{t.text}</Text>
      <Filters address={address} />
      <Answer of={query}>
        {({ pages }) => {
          const items = pages.flatMap((p) => p.items);
          return items.length === 0 ? <Empty title={t.none}>{t.noneText}</Empty> : <Rows items={items} />;
        }}
      </Answer>
      <More of={query}>{t.older}</More>
    </Stack>
  );
}

function useRetry() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['RetryRequest']) => take(api.POST('/api/v1/deliveries/retry', { body })),
    onSuccess: ({ retried }) => {
      notifications.show({ message: t.retried(retried) });
      void client.invalidateQueries({ queryKey: deliveriesKey });
      void client.invalidateQueries({ queryKey: channelsQuery.queryKey });
    },
  });
}

function Filters({ address }: { address: NotifyAddress }) {
  const navigate = useNavigate({ from: '/notifications' });
  const channels = useQuery(channelsQuery);
  const retry = useRetry();
  const narrow = (part: NotifyAddress) => navigate({ search: (now) => ({ ...now, ...part }), replace: true });
  const channel = channels.data?.items.find((c) => c.id === address.channel);
  return (
    <Group gap="sm" align="flex-end">
      <NativeSelect
        label={t.channel}
        value={address.channel ?? ''}
        onChange={(e) => narrow({ channel: e.currentTarget.value || undefined })}
        data={[
          { value: '', label: t.anyChannel },
          ...(channels.data?.items.map((c) => ({ value: c.id, label: c.name })) ?? []),
        ]}
      />
      <NativeSelect
        label={t.statusName}
        value={address.status ?? ''}
        onChange={(e) => narrow({ status: statuses.find((s) => s === e.currentTarget.value) })}
        data={[{ value: '', label: t.anyStatus }, ...statuses.map((s) => ({ value: s, label: t.status[s] }))]}
      />
      {channel && channel.dead + channel.doubtful > 0 && (
        <Button variant="default" onClick={() => retry.mutate({ channel: channel.id })} loading={retry.isPending}>
          {t.retryAll(channel.name)}
        </Button>
      )}
      {retry.error && <Failure error={retry.error} />}
    </Group>
  );
}

function Rows({ items }: { items: Delivery[] }) {
  const retry = useRetry();
  return (
    <>
      {retry.error && <Failure error={retry.error} />}
      <Table.ScrollContainer minWidth={820} type="native" role="group" aria-label={notify.tabs.deliveries}>
        <Table aria-label={notify.tabs.deliveries}>
          <Head columns={t.columns} />
          <Table.Tbody>
            {items.map((d) => (
              <Table.Tr key={d.id}>
                <Table.Td>
                  <Time value={d.created} />
                </Table.Td>
                <Table.Td>{d.channel_name ?? d.channel}</Table.Td>
                <Table.Td>
                  {d.notices.map((n) => (
                    <Group key={`${n.alert} ${n.state}`} gap="xs">
                      <Level of={n.severity} />
                      <span>
                        {n.title} ({notify.state[n.state].toLowerCase()})
                      </span>
                    </Group>
                  ))}
                  {d.more > 0 && <div className="nj-dim">{t.more(d.more)}</div>}
                </Table.Td>
                <Table.Td>
                  <Severity tone={tone[d.status]}>{t.status[d.status]}</Severity>
                  {d.repeated && <div className="nj-dim">{t.repeated}</div>}
                </Table.Td>
                <Table.Td>
                  {d.attempts}
                  {d.next && d.status === 'queued' && (
                    <div className="nj-dim">
                      {t.next} <Age value={d.next} />
                    </div>
                  )}
                </Table.Td>
                <Table.Td>
                  {d.problem && d.status !== 'sent' && <div>{d.problem}</div>}
                  {d.said && <div className="nj-mono">{d.said}</div>}
                </Table.Td>
                <Table.Td>
                  {(d.status === 'dead' || d.status === 'doubtful') && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={t.retryOf(d.notices[0]?.title ?? d.id)}
                      disabled={retry.isPending}
                      onClick={() => retry.mutate({ ids: [d.id] })}
                    >
                      {t.retry}
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
