import { ActionIcon, Alert, Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { ApiError } from '../../api/error';
import { Icon } from '../../parts/icon';
import { Panel } from '../../parts/page';
import { Answer, Empty, Failure } from '../../parts/state';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { notify } from '../../text/notify';
import { Head } from './head';
import { Preview } from './preview';
import { channelsQuery, type Route, routesQuery } from './query';
import { RouteForm } from './route';
import { conditions, hours, moved } from './routing';

const t = notify.routes;

// As the interface has it where nothing is said.
const fresh: Route = {
  name: '',
  channels: [],
  continue: false,
  group_by: 'rule',
  group_seconds: 30,
  repeat_seconds: 0,
};

// Routes say which alerts go to which channels, in an order that is edited as
// a whole: nothing holds until all of it is saved.
export function Routes() {
  const query = useQuery(routesQuery);
  return <Answer of={query}>{(saved) => <Editor key={saved.version} saved={saved} />}</Answer>;
}

function Editor({ saved }: { saved: Schemas['Routes'] }) {
  const [draft, setDraft] = useState<Route[]>();
  const [open, setOpen] = useState<number>();
  const client = useQueryClient();
  const guarded = useGuarded();
  const routes = draft ?? (saved.version === 0 ? [] : saved.routes);
  const save = useMutation({
    mutationFn: () =>
      guarded(() => take(api.PUT('/api/v1/routes', { body: { version: saved.version, routes: draft ?? [] } }))),
    onSuccess: (next) => {
      client.setQueryData(routesQuery.queryKey, next);
      notifications.show({ message: t.saved });
    },
  });
  const discard = () => {
    setDraft(undefined);
    save.reset();
    void client.invalidateQueries({ queryKey: routesQuery.queryKey });
  };
  const put = (i: number, route: Route) => {
    setDraft(i < routes.length ? routes.map((r, at) => (at === i ? route : r)) : [...routes, route]);
    setOpen(undefined);
  };
  const edited = open === undefined ? undefined : (routes[open] ?? fresh);
  return (
    <Stack gap="md">
      <Panel title={notify.tabs.routes}>
        <Stack gap="sm">
          <Text size="sm">{t.text}</Text>
          {routes.length === 0 ? (
            <Empty title={t.none}>{saved.version === 0 && !draft ? t.default : undefined}</Empty>
          ) : (
            <Rows routes={routes} change={setDraft} edit={setOpen} />
          )}
          <Group gap="sm">
            <Button
              variant={draft ? 'default' : 'filled'}
              onClick={() => setOpen(routes.length)}
              leftSection={<Icon name="plus" />}
            >
              {t.add}
            </Button>
            {draft && (
              <>
                <Button onClick={() => save.mutate()} loading={save.isPending}>
                  {t.save}
                </Button>
                <Button variant="default" onClick={discard}>
                  {t.discard}
                </Button>
              </>
            )}
          </Group>
          <div role="status">{draft && <Text size="sm">{t.unsaved}</Text>}</div>
          {save.error &&
            (ApiError.of(save.error).code === 'conflict' && !ApiError.of(save.error).approval ? (
              <Alert color="red" variant="outline" role="alert" styles={{ message: { color: 'var(--nj-bad)' } }}>
                {t.conflict}
              </Alert>
            ) : (
              <Failure error={save.error} />
            ))}
        </Stack>
      </Panel>
      <Preview routes={draft} />
      <Modal
        opened={edited !== undefined}
        onClose={() => setOpen(undefined)}
        title={edited?.name ? t.edit(edited.name) : t.new}
        size="lg"
        closeButtonProps={{ 'aria-label': text.action.close }}
      >
        {edited && open !== undefined && (
          <RouteForm route={edited} done={(route) => put(open, route)} close={() => setOpen(undefined)} />
        )}
      </Modal>
    </Stack>
  );
}

type RowsProps = { routes: Route[]; change: (routes: Route[]) => void; edit: (i: number) => void };

function Rows({ routes, change, edit }: RowsProps) {
  const { tenantName } = useMe();
  const channels = useQuery(channelsQuery);
  const name = (id: string) => channels.data?.items.find((c) => c.id === id)?.name ?? id;
  return (
    <Table.ScrollContainer minWidth={720} type="native" role="group" aria-label={notify.tabs.routes}>
      <Table aria-label={notify.tabs.routes}>
        <Head columns={t.columns} />
        <Table.Tbody>
          {routes.map((r, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: names may be the same, and places are what counts
            <Table.Tr key={i}>
              <Table.Td>{i + 1}</Table.Td>
              <Table.Th scope="row">{r.name}</Table.Th>
              <Table.Td>
                {conditions(r, tenantName).map((c) => (
                  <div key={c}>{c}</div>
                ))}
              </Table.Td>
              <Table.Td>{r.channels?.length ? r.channels.map(name).join(', ') : t.nobody}</Table.Td>
              <Table.Td>
                {r.continue ? t.continues : t.ends}
                {r.repeat_seconds ? <div className="nj-dim">{t.reminds(hours(r.repeat_seconds))}</div> : null}
                {r.quiet && <div className="nj-dim">{t.quietSaid(r.quiet.from, r.quiet.to, r.quiet.zone)}</div>}
              </Table.Td>
              <Table.Td>
                <Group gap={4} wrap="nowrap" justify="flex-end">
                  <ActionIcon
                    variant="default"
                    aria-label={t.up(r.name)}
                    disabled={i === 0}
                    onClick={() => change(moved(routes, i, i - 1))}
                  >
                    <span aria-hidden="true">↑</span>
                  </ActionIcon>
                  <ActionIcon
                    variant="default"
                    aria-label={t.down(r.name)}
                    disabled={i === routes.length - 1}
                    onClick={() => change(moved(routes, i, i + 1))}
                  >
                    <span aria-hidden="true">↓</span>
                  </ActionIcon>
                  <Button size="compact-sm" variant="default" aria-label={t.edit(r.name)} onClick={() => edit(i)}>
                    {notify.channels.edit}
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={t.remove(r.name)}
                    onClick={() => change(routes.filter((_, at) => at !== i))}
                  >
                    {notify.channels.remove}
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
