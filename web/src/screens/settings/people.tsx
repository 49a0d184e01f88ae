import { ActionIcon, Button, Group, Menu, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { ApiError } from '../../api/error';
import { Copy } from '../../parts/copy';
import { Icon } from '../../parts/icon';
import { Severity } from '../../parts/severity';
import { Answer, Failure } from '../../parts/state';
import { Age, Time } from '../../parts/time';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { GrantEditor, useSayGrant } from './grants';

const t = text.settings.people;

type Person = Schemas['Person'];
type Open =
  | { kind: 'invite' }
  | { kind: 'link'; invitation: Schemas['Invitation'] }
  | { kind: 'change' | 'remove'; person: Person };

const peopleKey = ['people'];

export function People() {
  const [open, setOpen] = useState<Open>();
  const query = useQuery({ queryKey: peopleKey, queryFn: ({ signal }) => take(api.GET('/api/v1/people', { signal })) });
  const close = () => setOpen(undefined);
  return (
    <Stack gap="md">
      <Group>
        <Button onClick={() => setOpen({ kind: 'invite' })} leftSection={<Icon name="plus" />}>
          {t.invite}
        </Button>
      </Group>
      <Answer of={query}>{({ items }) => <Rows people={items} setOpen={setOpen} />}</Answer>
      <Dialog title={t.invite} opened={open?.kind === 'invite'} close={close}>
        <Invite done={(invitation) => setOpen({ kind: 'link', invitation })} close={close} />
      </Dialog>
      <Dialog title={t.linkTitle} opened={open?.kind === 'link'} close={close}>
        {open?.kind === 'link' && (
          <Stack gap="md">
            <Text>{t.linkText(open.invitation.name)}</Text>
            <Copy value={open.invitation.link} label={t.link} />
            <Button onClick={close}>{text.action.close}</Button>
          </Stack>
        )}
      </Dialog>
      <Dialog
        title={open?.kind === 'change' ? t.changeOf(open.person.name) : t.change}
        opened={open?.kind === 'change'}
        close={close}
      >
        {open?.kind === 'change' && <Change person={open.person} close={close} />}
      </Dialog>
      <Dialog title={t.removeTitle} opened={open?.kind === 'remove'} close={close}>
        {open?.kind === 'remove' && <Remove person={open.person} close={close} />}
      </Dialog>
    </Stack>
  );
}

function Dialog({
  title,
  opened,
  close,
  children,
}: {
  title: string;
  opened: boolean;
  close: () => void;
  children: React.ReactNode;
}) {
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={title}
      size="lg"
      closeButtonProps={{ 'aria-label': text.action.close }}
    >
      {children}
    </Modal>
  );
}

const stateTone = { active: 'ok', invited: 'idle', disabled: 'warning' } as const;

function Rows({ people, setOpen }: { people: Person[]; setOpen: (open: Open) => void }) {
  const { me } = useMe();
  const say = useSayGrant();
  const client = useQueryClient();
  const guarded = useGuarded();
  const disable = useMutation({
    mutationFn: (p: Person) =>
      guarded(() =>
        take(
          api.PATCH('/api/v1/people/{id}', {
            params: { path: { id: p.id } },
            body: { disabled: p.state !== 'disabled' },
          }),
        ),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: peopleKey }),
  });
  const reset = useMutation({
    mutationFn: (p: Person) =>
      guarded(() => take(api.POST('/api/v1/people/{id}/reset', { params: { path: { id: p.id } } }))),
    onSuccess: (invitation) => setOpen({ kind: 'link', invitation }),
  });
  const failed = disable.error ?? reset.error;
  return (
    <Stack gap="sm">
      {failed && <Failure error={failed} />}
      <Table.ScrollContainer minWidth={640} type="native" role="group" aria-label={text.settings.pages.people}>
        <Table aria-label={text.settings.pages.people}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.name}</Table.Th>
              <Table.Th>{t.stateName}</Table.Th>
              <Table.Th>{text.settings.grants}</Table.Th>
              <Table.Th>{t.ways}</Table.Th>
              <Table.Th>{t.last}</Table.Th>
              <Table.Th>{t.created}</Table.Th>
              <Table.Th aria-label={text.action.more} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {people.map((p) => (
              <Table.Tr key={p.id}>
                <Table.Th scope="row">
                  {p.name} {p.id === me.id && <span className="nj-dim">({t.you})</span>}
                </Table.Th>
                <Table.Td>
                  <Severity tone={stateTone[p.state]}>{t.state[p.state]}</Severity>
                </Table.Td>
                <Table.Td>
                  {p.grants.map((g) => (
                    <div key={`${g.role} ${g.tenant ?? ''}`}>{say(g)}</div>
                  ))}
                </Table.Td>
                <Table.Td>
                  {(p.ways ?? []).map((w) => (
                    <div key={w}>{t.way[w]}</div>
                  ))}
                  {p.identities?.map((i) => (
                    <div key={i.id} className="nj-dim">
                      {i.account || i.subject} ({i.provider})
                    </div>
                  ))}
                </Table.Td>
                <Table.Td>
                  <Age value={p.last_login} wall />
                </Table.Td>
                <Table.Td>
                  <Time value={p.created} detail="day" />
                </Table.Td>
                <Table.Td>
                  <Menu position="bottom-end">
                    <Menu.Target>
                      <ActionIcon variant="subtle" color="gray" aria-label={t.actions(p.name)}>
                        <Icon name="more" />
                      </ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      {p.state !== 'invited' && (
                        <>
                          <Menu.Item onClick={() => setOpen({ kind: 'change', person: p })}>{t.change}</Menu.Item>
                          <Menu.Item onClick={() => reset.mutate(p)}>{t.reset}</Menu.Item>
                          <Menu.Item onClick={() => disable.mutate(p)}>
                            {p.state === 'disabled' ? t.enable : t.disable}
                          </Menu.Item>
                        </>
                      )}
                      <Menu.Item onClick={() => setOpen({ kind: 'remove', person: p })}>{t.remove}</Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

function Invite({ done, close }: { done: (i: Schemas['Invitation']) => void; close: () => void }) {
  const [name, setName] = useState('');
  const [grants, setGrants] = useState<Schemas['Grant'][]>([{ role: 'viewer' }]);
  const guarded = useGuarded();
  const client = useQueryClient();
  const invite = useMutation({
    mutationFn: () => guarded(() => take(api.POST('/api/v1/people', { body: { name: name.trim(), grants } }))),
    onSuccess: (invitation) => {
      void client.invalidateQueries({ queryKey: peopleKey });
      done(invitation);
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    invite.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={t.name}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          required
          data-autofocus
          autoComplete="off"
        />
        <GrantEditor value={grants} onChange={setGrants} />
        {invite.error && <Failure error={invite.error} />}
        <Ends close={close} pending={invite.isPending} label={t.invite} />
      </Stack>
    </form>
  );
}

function Change({ person, close }: { person: Person; close: () => void }) {
  const [grants, setGrants] = useState(person.grants);
  const guarded = useGuarded();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () =>
      guarded(() => take(api.PATCH('/api/v1/people/{id}', { params: { path: { id: person.id } }, body: { grants } }))),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: peopleKey });
      close();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    change.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <GrantEditor value={grants} onChange={setGrants} />
        {change.error && <Failure error={change.error} />}
        <Ends close={close} error={change.error} pending={change.isPending} label={text.action.save} />
      </Stack>
    </form>
  );
}

function Remove({ person, close }: { person: Person; close: () => void }) {
  const guarded = useGuarded();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => guarded(() => take(api.DELETE('/api/v1/people/{id}', { params: { path: { id: person.id } } }))),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: peopleKey });
      close();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    remove.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text>{t.removeText(person.name)}</Text>
        {remove.error && <Failure error={remove.error} />}
        <Ends close={close} error={remove.error} pending={remove.isPending} label={t.remove} danger />
      </Stack>
    </form>
  );
}

function Ends({
  close,
  error,
  pending,
  label,
  danger,
}: {
  close: () => void;
  error?: unknown;
  pending: boolean;
  label: string;
  danger?: boolean;
}) {
  const settled = error ? ApiError.of(error).settled : false;
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={close}>
        {settled ? text.action.close : text.action.cancel}
      </Button>
      {!settled && (
        <Button type="submit" loading={pending} color={danger ? 'red.9' : undefined}>
          {label}
        </Button>
      )}
    </Group>
  );
}
