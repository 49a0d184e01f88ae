import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, take } from '../../api/client';
import { Failure } from '../../parts/state';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { CredentialFields, emptyCredential, inputOf } from './credential';
import type { Dialog } from './edit';

const t = text.connections.replace;

export function ReplaceCredential(props: Dialog) {
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

function Form({ connection, close, changed }: Dialog) {
  const [draft, setDraft] = useState(emptyCredential);
  const guarded = useGuarded();
  const replace = useMutation({
    mutationFn: () =>
      guarded(() =>
        take(
          api.PUT('/api/v1/connections/{tenant}/credential', {
            params: { path: { tenant: connection.tenant_id } },
            body: inputOf(draft),
          }),
        ),
      ),
    onSuccess: (next) => {
      changed(next);
      close();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    replace.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text>{t.text}</Text>
        <CredentialFields value={draft} onChange={setDraft} tenant={connection.tenant_id} />
        {replace.error && <Failure error={replace.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {text.action.cancel}
          </Button>
          <Button type="submit" loading={replace.isPending}>
            {t.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
