import { Button, Checkbox, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, useState } from 'react';
import { Failure } from '../../parts/state';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { useClock } from '../../time/clock';
import { lengthOf, type Span } from '../../time/span';
import { type Asked, sayLength } from './address';
import { useSaved } from './query';

const t = text.saved;

// recent is how near to now a span ends whose owner means "until now".
const recent = 15 * 60_000;

export function SaveDialog({ asked, span, close }: { asked: Asked; span: Span; close: () => void }) {
  const clock = useClock();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [how, setHow] = useState(clock.now() - Date.parse(span.to) < recent ? 'last' : 'exact');
  const { may } = useMe();
  const mayShare = may('dashboard.manage', 'all');
  const { create } = useSaved();
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const when = how === 'last' ? { last_seconds: Math.max(1, Math.round(lengthOf(span) / 1000)) } : span;
    create.mutate(
      { ...asked, ...when, name: name.trim(), shared },
      {
        onSuccess: (s) => {
          notifications.show({ message: t.done(s.name) });
          close();
        },
      },
    );
  };
  return (
    <Modal opened onClose={close} title={t.saveTitle} closeButtonProps={{ 'aria-label': text.action.close }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={t.name}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            maxLength={120}
            data-autofocus
            required
          />
          <Radio.Group label={t.span} value={how} onChange={setHow}>
            <Stack gap={6} mt={4}>
              <Radio value="last" label={t.last(sayLength(span))} />
              <Radio value="exact" label={t.exact} />
            </Stack>
          </Radio.Group>
          {mayShare ? (
            <Checkbox label={t.share} checked={shared} onChange={(e) => setShared(e.currentTarget.checked)} />
          ) : (
            <Text size="sm">{t.shareNone}</Text>
          )}
          {create.error && <Failure error={create.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending}>
              {text.action.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
