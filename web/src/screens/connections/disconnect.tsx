import { Button, Group, List, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { ApiError } from '../../api/error';
import { connectionsQuery, meQuery } from '../../api/queries';
import { Failure } from '../../parts/state';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';

const t = text.connections.disconnect;

type Props = { connection: Schemas['Connection']; opened: boolean; close: () => void; removed: () => void };

// Disconnect cannot be undone, so it has one type the name, and tells
// afterwards what is gone and what is kept.
export function Disconnect(props: Props) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.close}
      title={t.title}
      closeButtonProps={{ 'aria-label': text.action.close }}
    >
      <Form {...props} />
    </Modal>
  );
}

function Form({ connection: c, close, removed }: Props) {
  const [typed, setTyped] = useState('');
  const guarded = useGuarded();
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () =>
      guarded(() => take(api.DELETE('/api/v1/connections/{tenant}', { params: { path: { tenant: c.tenant_id } } }))),
    onSuccess: removed,
  });
  const leave = async () => {
    await navigate({ to: '/connections' });
    client.removeQueries({ queryKey: ['connections', c.tenant_id] });
    void client.invalidateQueries({ queryKey: connectionsQuery.queryKey });
    void client.invalidateQueries({ queryKey: meQuery.queryKey });
  };
  if (remove.data) {
    return (
      <Stack gap="md">
        <Text fw={600} role="status">
          {t.done(remove.data.name)}
        </Text>
        <Sentences title={t.forgotten} all={remove.data.forgotten} />
        <Sentences title={t.kept} all={remove.data.kept} />
        <Button onClick={leave}>{text.action.close}</Button>
      </Stack>
    );
  }
  const settled = remove.error && ApiError.of(remove.error).settled;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (typed === c.name) remove.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text>{t.text}</Text>
        <TextInput
          label={t.type(c.name)}
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
        {remove.error && <Failure error={remove.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {settled ? text.action.close : text.action.cancel}
          </Button>
          {!settled && (
            <Button type="submit" color="red.9" disabled={typed !== c.name} loading={remove.isPending}>
              {t.act}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function Sentences({ title, all }: { title: string; all: string[] }) {
  if (all.length === 0) return null;
  return (
    <div>
      <Text c="dimmed" size="sm">
        {title}
      </Text>
      <List>
        {all.map((s) => (
          <List.Item key={s}>{s}</List.Item>
        ))}
      </List>
    </div>
  );
}
