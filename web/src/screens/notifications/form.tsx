import { Button, Checkbox, Group, NativeSelect, PasswordInput, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Failure } from '../../parts/state';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { notify } from '../../text/notify';
import { changeOf, type Draft, draftOf, inputOf } from './draft';
import { type Channel, channelsQuery, type Kind } from './query';

const t = notify.channels;

type Props = { kinds: Kind[]; channel?: Channel; close: () => void };

// ChannelForm adds a channel, or changes one: its kind says which fields it has.
export function ChannelForm({ kinds, channel, close }: Props) {
  const [chosen, setChosen] = useState(channel?.kind ?? kinds[0]?.kind);
  const kind = kinds.find((k) => k.kind === chosen);
  return (
    <Stack gap="md">
      {!channel && (
        <NativeSelect
          label={t.kind}
          value={chosen}
          onChange={(e) => setChosen(e.currentTarget.value as Kind['kind'])}
          data={kinds.map((k) => ({ value: k.kind, label: k.title }))}
          data-autofocus
        />
      )}
      {kind && <Fields key={kind.kind} kind={kind} channel={channel} close={close} />}
    </Stack>
  );
}

type FieldsProps = { kind: Kind; channel: Channel | undefined; close: () => void };

function Fields({ kind, channel, close }: FieldsProps) {
  const [draft, setDraft] = useState(() => draftOf(kind, channel));
  const put = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));
  const guarded = useGuarded();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      guarded(() =>
        channel
          ? take(
              api.PATCH('/api/v1/channels/{id}', {
                params: { path: { id: channel.id } },
                body: changeOf(kind, draft),
              }),
            )
          : take(api.POST('/api/v1/channels', { body: inputOf(kind, draft) })),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: channelsQuery.queryKey });
      close();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack gap="md">
        <TextInput
          label={t.name}
          value={draft.name}
          onChange={(e) => put({ name: e.currentTarget.value })}
          maxLength={80}
          required
        />
        {kind.fields.map((f) => (
          <Field
            key={f.name}
            field={f}
            isSet={channel?.secrets.includes(f.name) ?? false}
            value={draft.values[f.name] ?? ''}
            onChange={(value) => put({ values: { ...draft.values, [f.name]: value } })}
          />
        ))}
        <TextInput
          type="number"
          min={1}
          max={6000}
          label={t.perMinute}
          description={t.perMinuteText}
          value={draft.perMinute}
          onChange={(e) => put({ perMinute: e.currentTarget.value })}
          required
        />
        <NativeSelect
          label={t.onDoubt}
          value={draft.onDoubt}
          onChange={(e) => put({ onDoubt: e.currentTarget.value as Draft['onDoubt'] })}
          data={[
            ...(channel ? [] : [{ value: '', label: t.doubtDefault }]),
            { value: 'send', label: t.doubt.send },
            { value: 'hold', label: t.doubt.hold },
          ]}
        />
        <Checkbox
          label={t.enabled}
          description={t.enabledText}
          checked={draft.enabled}
          onChange={(e) => put({ enabled: e.currentTarget.checked })}
        />
        {save.error && <Failure error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {text.action.cancel}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {channel ? t.save : t.add}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

type FieldProps = {
  field: Schemas['ChannelField'];
  isSet: boolean;
  value: string;
  onChange: (value: string) => void;
};

function Field({ field: f, isSet, value, onChange }: FieldProps) {
  const help = [f.help && sentence(f.help), f.secret && (isSet ? t.secretSet : t.secretHint)].filter(Boolean).join(' ');
  const common = {
    label: f.title,
    description: help || undefined,
    value,
    required: f.required && !isSet,
    onChange: (e: { currentTarget: { value: string } }) => onChange(e.currentTarget.value),
  };
  if (f.options) return <NativeSelect {...common} data={f.options} />;
  // A certificate has lines, which the field of a password would lose.
  if (f.secret && f.name === 'ca') return <Textarea {...common} autosize minRows={3} maxRows={10} />;
  if (f.secret)
    return (
      <PasswordInput
        {...common}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': text.session.showPassword }}
      />
    );
  return <TextInput {...common} placeholder={f.example} />;
}

const sentence = (help: string) => `${help.charAt(0).toUpperCase()}${help.slice(1)}${/[.!?]$/.test(help) ? '' : '.'}`;
