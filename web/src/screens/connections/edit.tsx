import { Button, Checkbox, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Failure } from '../../parts/state';
import { text } from '../../text';

const t = text.connections.edit;

export type Dialog = {
  connection: Schemas['Connection'];
  opened: boolean;
  close: () => void;
  changed: (c: Schemas['Connection']) => void;
};

export function EditConnection(props: Dialog) {
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

function Form({ connection: c, close, changed }: Dialog) {
  const [name, setName] = useState(c.name);
  const [tag, setTag] = useState(c.tag ?? '');
  const [on, setOn] = useState<string[]>(c.feeds.filter((f) => f.on).map((f) => f.feed));
  const save = useMutation({
    mutationFn: () =>
      take(
        api.PATCH('/api/v1/connections/{tenant}', {
          params: { path: { tenant: c.tenant_id } },
          body: { name: name.trim(), tag, feeds: c.feeds.map((f) => ({ feed: f.feed, on: on.includes(f.feed) })) },
        }),
      ),
    onSuccess: (next) => {
      changed(next);
      close();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={t.name}
          description={t.nameHint}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          required
          data-autofocus
        />
        <TextInput label={t.tag} description={t.tagHint} value={tag} onChange={(e) => setTag(e.currentTarget.value)} />
        <Checkbox.Group label={t.feeds} value={on} onChange={setOn}>
          <Stack gap="xs" mt="xs">
            {c.feeds.map((f) => (
              <Checkbox key={f.feed} value={f.feed} label={text.connections.feedName[f.feed]} />
            ))}
          </Stack>
        </Checkbox.Group>
        {save.error && <Failure error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {text.action.cancel}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {text.action.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
