import { Button, Checkbox, Group, MultiSelect, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Schemas } from '../../api/client';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { notify } from '../../text/notify';
import { channelsQuery, type Route } from './query';
import { hours, lines, pruned } from './routing';

const t = notify.routes;

const severities = ['critical', 'high', 'medium', 'low', 'informational'] as const;
const states = ['opened', 'raised', 'acknowledged', 'reopened', 'closed', 'reminder'] as const;
const groups = ['rule', 'tenant', 'incident', 'none'] as const;
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

type Props = { route: Route; done: (route: Route) => void; close: () => void };

// RouteForm edits one route. It saves nothing: the routes are saved together.
export function RouteForm({ route, done, close }: Props) {
  const { me } = useMe();
  const channels = useQuery(channelsQuery);
  const [r, setR] = useState<Route>(route);
  const [typed, setTyped] = useState({
    tags: (route.tags ?? []).join('\n'),
    packs: (route.packs ?? []).join('\n'),
    rules: (route.rules ?? []).join('\n'),
    seconds: String(route.group_seconds ?? 30),
    hours: String(hours(route.repeat_seconds ?? 0)),
  });
  const put = (part: Partial<Route>) => setR((now) => ({ ...now, ...part }));
  const submit = (e: FormEvent) => {
    e.preventDefault();
    done(
      pruned({
        ...r,
        name: r.name.trim(),
        tags: lines(typed.tags),
        packs: lines(typed.packs),
        rules: lines(typed.rules),
        group_seconds: Number(typed.seconds),
        repeat_seconds: Math.round(Number(typed.hours) * 3600),
      }),
    );
  };
  const list = (key: 'tags' | 'packs' | 'rules', label: string, hint: string) => (
    <Textarea
      label={label}
      description={hint}
      value={typed[key]}
      onChange={(e) => {
        const value = e.currentTarget.value;
        setTyped((now) => ({ ...now, [key]: value }));
      }}
      autosize
      flex={1}
    />
  );
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={t.name}
          value={r.name}
          onChange={(e) => put({ name: e.currentTarget.value })}
          maxLength={80}
          required
          data-autofocus
        />
        <Checkbox.Group label={t.channels} value={r.channels ?? []} onChange={(v) => put({ channels: v })}>
          <Group gap="sm" mt={4}>
            {channels.data?.items.map((c) => (
              <Checkbox key={c.id} value={c.id} label={c.name} />
            ))}
          </Group>
        </Checkbox.Group>
        <Checkbox.Group
          label={t.severities}
          value={r.severities ?? []}
          onChange={(v) => put({ severities: v as NonNullable<Route['severities']> })}
        >
          <Group gap="sm" mt={4}>
            {severities.map((s) => (
              <Checkbox key={s} value={s} label={notify.severity[s]} />
            ))}
          </Group>
        </Checkbox.Group>
        {me.tenants.length > 1 && (
          <MultiSelect
            label={t.tenants}
            data={me.tenants.map((m) => ({ value: m.id, label: m.name }))}
            value={r.tenants ?? []}
            onChange={(v) => put({ tenants: v })}
          />
        )}
        <Group align="flex-start" gap="sm">
          {list('packs', t.packs, t.oneALine)}
          {list('tags', t.tags, t.tagsHint)}
          {list('rules', t.rules, t.oneALine)}
        </Group>
        <Checkbox.Group
          label={t.states}
          description={t.statesHint}
          value={r.states ?? []}
          onChange={(v) => put({ states: v as NonNullable<Route['states']> })}
        >
          <Group gap="sm" mt={4}>
            {states.map((s) => (
              <Checkbox key={s} value={s} label={notify.state[s]} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group align="flex-end" gap="sm">
          <NativeSelect
            label={t.groupBy}
            value={r.group_by ?? 'rule'}
            onChange={(e) => put({ group_by: e.currentTarget.value as (typeof groups)[number] })}
            data={groups.map((g) => ({ value: g, label: t.group[g] }))}
          />
          <TextInput
            type="number"
            min={0}
            max={3600}
            label={t.groupSeconds}
            value={typed.seconds}
            onChange={(e) => {
              const seconds = e.currentTarget.value;
              setTyped((now) => ({ ...now, seconds }));
            }}
            required
          />
        </Group>
        <TextInput
          type="number"
          min={0}
          max={720}
          step="any"
          label={t.repeat}
          description={t.repeatHint}
          value={typed.hours}
          onChange={(e) => {
            const hours = e.currentTarget.value;
            setTyped((now) => ({ ...now, hours }));
          }}
          required
        />
        <Quiet
          value={r.quiet}
          onChange={(quiet) => setR(({ quiet: _, ...rest }) => (quiet ? { ...rest, quiet } : rest))}
        />
        <Checkbox
          label={t.continue}
          checked={r.continue ?? false}
          onChange={(e) => put({ continue: e.currentTarget.checked })}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {text.action.cancel}
          </Button>
          <Button type="submit">{t.done}</Button>
        </Group>
      </Stack>
    </form>
  );
}

type QuietHours = Schemas['QuietHours'];

function Quiet({
  value: q,
  onChange,
}: {
  value: QuietHours | undefined;
  onChange: (quiet: QuietHours | undefined) => void;
}) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Stack gap="sm">
      <Checkbox
        label={t.quietOn}
        checked={q !== undefined}
        onChange={(e) => onChange(e.currentTarget.checked ? { from: '20:00', to: '07:00', zone: here } : undefined)}
      />
      {q && (
        <>
          <Group gap="sm" role="group" aria-label={t.quiet}>
            <TextInput
              type="time"
              label={t.quietFrom}
              value={q.from}
              onChange={(e) => onChange({ ...q, from: e.currentTarget.value })}
              required
            />
            <TextInput
              type="time"
              label={t.quietTo}
              value={q.to}
              onChange={(e) => onChange({ ...q, to: e.currentTarget.value })}
              required
            />
            <TextInput
              label={t.quietZone}
              value={q.zone}
              onChange={(e) => onChange({ ...q, zone: e.currentTarget.value })}
              required
            />
          </Group>
          <Checkbox.Group
            label={t.quietDays}
            description={t.quietDaysHint}
            value={q.days ?? []}
            onChange={(v) => {
              const { days: _, ...rest } = q;
              onChange(v.length > 0 ? { ...rest, days: v as NonNullable<QuietHours['days']> } : rest);
            }}
          >
            <Group gap="sm" mt={4}>
              {days.map((d) => (
                <Checkbox key={d} value={d} label={t.day[d]} />
              ))}
            </Group>
          </Checkbox.Group>
        </>
      )}
    </Stack>
  );
}
