import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, take } from '../../api/client';
import { Failure } from '../../parts/state';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { alerts as t } from '../../text/alerts';
import { useClock } from '../../time/clock';
import { iso } from '../../time/format';
import { hour } from '../../time/span';
import { type Draft, lacking, whatOf } from './draft';
import { Impact } from './impact';
import { Meanwhile } from './meanwhile';
import { type Alert, alertsKey, qualityQuery } from './query';

type Hours = keyof typeof t.silenceHours;

// AddSilence makes a silence, and shows while it is made what it would have
// kept quiet. like is an alert that it begins with.
export function AddSilence({ like, done }: { like: Alert | undefined; done: () => void }) {
  const { me, may } = useMe();
  const clock = useClock();
  const client = useQueryClient();
  const about = like?.entities.find((e) => e.kind === 'user') ?? like?.entities[0];
  const tenants = me.tenants.filter((x) => may('alert.manage', x.id));
  const everywhere = may('alert.manage', 'all');
  const [draft, setDraft] = useState<Draft>({
    rule: like?.rule ?? '',
    entity: about ? `${about.kind}:${about.value}` : '',
    text: '',
    tenant: tenants.some((x) => x.id === like?.tenant_id)
      ? (like?.tenant_id ?? '')
      : everywhere
        ? ''
        : (tenants[0]?.id ?? ''),
    meanwhile: false,
    source: '',
    shared: [],
  });
  const put = (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part }));
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState<Hours>('8');
  const rules = useQuery(qualityQuery());
  const names = (rules.data?.items ?? []).map((r) => ({ value: r.rule, label: r.title }));
  if (draft.rule && !names.some((n) => n.value === draft.rule))
    names.push({ value: draft.rule, label: like?.title ?? draft.rule });

  const what = whatOf(draft);
  const guarded = useGuarded();
  const make = useMutation({
    mutationFn: () =>
      guarded(() =>
        take(
          api.POST('/api/v1/silences', {
            body: { ...what, reason: reason.trim(), expires: iso(clock.now() + Number(hours) * hour) },
          }),
        ),
      ),
    onSuccess: () => {
      notifications.show({ message: draft.meanwhile ? t.inhibitionAdded : t.silenceAdded });
      void client.invalidateQueries({ queryKey: alertsKey });
      done();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (!lacking(what)) make.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NativeSelect
          label={t.silenceRule}
          value={draft.rule}
          onChange={(e) => put({ rule: e.currentTarget.value })}
          data={[{ value: '', label: t.anyRule }, ...names]}
        />
        <TextInput
          label={t.silenceEntity}
          description={t.silenceEntityHint}
          value={draft.entity}
          onChange={(e) => put({ entity: e.currentTarget.value })}
          spellCheck={false}
        />
        <TextInput
          label={t.silenceTextField}
          description={t.silenceTextHint}
          value={draft.text}
          onChange={(e) => put({ text: e.currentTarget.value })}
        />
        <NativeSelect
          label={t.silenceTenant}
          value={draft.tenant}
          onChange={(e) => put({ tenant: e.currentTarget.value })}
          data={[
            ...(everywhere ? [{ value: '', label: text.shell.allTenants }] : []),
            ...tenants.map((x) => ({ value: x.id, label: x.name })),
          ]}
        />
        <Meanwhile draft={draft} put={put} />
        <NativeSelect
          label={t.silenceUntil}
          value={hours}
          onChange={(e) => setHours(e.currentTarget.value as Hours)}
          data={Object.entries(t.silenceHours).map(([value, label]) => ({ value, label }))}
        />
        <TextInput
          label={t.silenceReason}
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value)}
          maxLength={1000}
          required
          data-autofocus
        />
        <Impact of={what} />
        {make.error && <Failure error={make.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={done}>
            {text.action.cancel}
          </Button>
          <Button type="submit" loading={make.isPending} disabled={lacking(what) !== undefined}>
            {t.silenceAdd}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
