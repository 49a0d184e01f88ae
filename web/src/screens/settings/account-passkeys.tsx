import { Alert, Button, Group, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { meQuery } from '../../api/queries';
import { Panel } from '../../parts/page';
import { Answer, Failure } from '../../parts/state';
import { Age } from '../../parts/time';
import { deviceName, makePasskey } from '../../session/passkey';
import { PasskeyTrouble, usePasskeySite } from '../../session/passkeysite';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';

const t = text.passkeys.account;

const passkeysKey = ['passkeys'];

// AccountPasskeys lists the person's passkeys, adds one of the device in front
// of them, and removes those that are no longer used.
export function AccountPasskeys() {
  const query = useQuery({
    queryKey: passkeysKey,
    queryFn: ({ signal }) => take(api.GET('/api/v1/me/passkeys', { signal })),
  });
  return (
    <Panel title={t.title}>
      <Stack gap="md">
        <Text>{t.text}</Text>
        <Answer of={query}>
          {({ items }) => (items.length === 0 ? <Text c="dimmed">{t.none}</Text> : <Rows passkeys={items} />)}
        </Answer>
        <Add />
      </Stack>
    </Panel>
  );
}

// useChanged asks again for what the change of a passkey changes.
function useChanged() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: passkeysKey }),
      client.invalidateQueries({ queryKey: meQuery.queryKey }),
    ]);
}

function Add() {
  const site = usePasskeySite();
  const guarded = useGuarded();
  const changed = useChanged();
  const [name, setName] = useState(() => deviceName());
  const add = useMutation({
    mutationFn: async () => {
      const { options } = await guarded(() => take(api.POST('/api/v1/me/passkeys/begin')));
      const credential = await makePasskey(options);
      return guarded(() => take(api.POST('/api/v1/me/passkeys', { body: { name: name.trim(), credential } })));
    },
    onSuccess: changed,
  });
  if (!site.usable) return <PasskeyTrouble site={site} path="/settings/account" />;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={t.label}
          description={t.labelHint}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          maxLength={64}
          autoComplete="off"
          required
        />
        {add.error && <Failure error={add.error} />}
        {add.isSuccess && (
          <Alert color="teal" variant="outline" role="status">
            {t.added}
          </Alert>
        )}
        <Group>
          <Button type="submit" variant="default" loading={add.isPending}>
            {t.add}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Rows({ passkeys }: { passkeys: Schemas['Passkey'][] }) {
  const [leaving, setLeaving] = useState<Schemas['Passkey']>();
  return (
    <>
      <Table.ScrollContainer minWidth={420} type="native" role="group" aria-label={t.title}>
        <Table aria-label={t.title}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{text.passkeys.name}</Table.Th>
              <Table.Th>{t.created}</Table.Th>
              <Table.Th>{t.used}</Table.Th>
              <Table.Td />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {passkeys.map((p) => (
              <Table.Tr key={p.id}>
                <Table.Th scope="row">{p.name}</Table.Th>
                <Table.Td>
                  <Age value={p.created} wall />
                </Table.Td>
                <Table.Td>{p.used ? <Age value={p.used} wall /> : t.never}</Table.Td>
                <Table.Td>
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={t.removeOf(p.name)}
                    onClick={() => setLeaving(p)}
                  >
                    {t.remove}
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Modal
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t.removeTitle}
        closeButtonProps={{ 'aria-label': text.action.close }}
      >
        {leaving && <Remove passkey={leaving} done={() => setLeaving(undefined)} />}
      </Modal>
    </>
  );
}

function Remove({ passkey, done }: { passkey: Schemas['Passkey']; done: () => void }) {
  const guarded = useGuarded();
  const changed = useChanged();
  const remove = useMutation({
    mutationFn: () =>
      guarded(() => take(api.DELETE('/api/v1/me/passkeys/{id}', { params: { path: { id: passkey.id } } }))),
    onSuccess: () => changed().then(done),
  });
  return (
    <Stack gap="md">
      <Text>{t.removeText(passkey.name)}</Text>
      {remove.error && <Failure error={remove.error} />}
      <Group justify="flex-end">
        <Button color="red.9" loading={remove.isPending} onClick={() => remove.mutate()}>
          {t.remove}
        </Button>
      </Group>
    </Stack>
  );
}
