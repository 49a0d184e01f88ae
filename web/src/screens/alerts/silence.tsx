import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Panel } from '../../parts/page';
import { Failure } from '../../parts/state';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { alerts as t } from '../../text/alerts';
import { useClock } from '../../time/clock';
import { iso } from '../../time/format';
import { hour } from '../../time/span';
import { Level } from './level';
import { type Alert, alertsKey, qualityQuery } from './query';
import { AlertRows } from './related';

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
  const [rule, setRule] = useState(like?.rule ?? '');
  const [entity, setEntity] = useState(about ? `${about.kind}:${about.value}` : '');
  const [words, setWords] = useState('');
  const [tenant, setTenant] = useState(
    tenants.some((x) => x.id === like?.tenant_id) ? (like?.tenant_id ?? '') : everywhere ? '' : (tenants[0]?.id ?? ''),
  );
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState<Hours>('8');
  const rules = useQuery(qualityQuery());
  const names = (rules.data?.items ?? []).map((r) => ({ value: r.rule, label: r.title }));
  if (rule && !names.some((n) => n.value === rule)) names.push({ value: rule, label: like?.title ?? rule });

  const matchers = matchersOf({ rule, entity: entity.trim(), text: words.trim() });
  const what = { kind: 'silence' as const, matchers, ...(tenant ? { tenants: [tenant] } : {}) };
  const make = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/silences', {
          body: { ...what, reason: reason.trim(), expires: iso(clock.now() + Number(hours) * hour) },
        }),
      ),
    onSuccess: () => {
      notifications.show({ message: t.silenceAdded });
      void client.invalidateQueries({ queryKey: alertsKey });
      done();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (matchers.length > 0) make.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NativeSelect
          label={t.silenceRule}
          value={rule}
          onChange={(e) => setRule(e.currentTarget.value)}
          data={[{ value: '', label: t.anyRule }, ...names]}
        />
        <TextInput
          label={t.silenceEntity}
          description={t.silenceEntityHint}
          value={entity}
          onChange={(e) => setEntity(e.currentTarget.value)}
          spellCheck={false}
        />
        <TextInput
          label={t.silenceTextField}
          description={t.silenceTextHint}
          value={words}
          onChange={(e) => setWords(e.currentTarget.value)}
        />
        <NativeSelect
          label={t.silenceTenant}
          value={tenant}
          onChange={(e) => setTenant(e.currentTarget.value)}
          data={[
            ...(everywhere ? [{ value: '', label: text.shell.allTenants }] : []),
            ...tenants.map((x) => ({ value: x.id, label: x.name })),
          ]}
        />
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
          <Button type="submit" loading={make.isPending} disabled={matchers.length === 0}>
            {t.silenceAdd}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

type Matcher = Schemas['Matcher'];

function matchersOf(of: { rule: string; entity: string; text: string }): Matcher[] {
  return (['rule', 'entity', 'text'] as const).flatMap((field) =>
    of[field] ? [{ field, values: [of[field]] } satisfies Matcher] : [],
  );
}

// Impact says what the silence would have kept quiet, and what that would have cost.
function Impact({ of }: { of: Schemas['SilencePreviewInput'] }) {
  const [asked] = useDebouncedValue(of, 300);
  const some = asked.matchers.length > 0;
  const query = useQuery({
    queryKey: [...alertsKey, 'preview', asked],
    queryFn: ({ signal }) => take(api.POST('/api/v1/silences/preview', { body: asked, signal })),
    enabled: some,
    placeholderData: keepPreviousData,
  });
  const p = query.data;
  const missed = p?.dispositions.find((d) => d.value === 'true')?.count ?? 0;
  return (
    <Panel title={t.preview}>
      <div role="status">
        {!some && <Text c="dimmed">{t.silenceTooWide}</Text>}
        {some && !p && !query.error && <Text c="dimmed">{t.previewMake}</Text>}
        {some && p && (
          <Stack gap="xs">
            <Text>{p.hidden === 0 ? t.previewNone(p.days) : t.previewSome(p.hidden, p.alerts, p.days)}</Text>
            {missed > 0 && <Level of="critical">{t.previewTrue(missed)}</Level>}
          </Stack>
        )}
      </div>
      {query.error && <Failure error={query.error} />}
      {some && p && p.samples.length > 0 && <AlertRows of={p.samples.slice(0, 3)} label={t.preview} />}
    </Panel>
  );
}
