import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, take } from '../../api/client';
import { Icon } from '../../parts/icon';
import { TenantPicker } from '../../parts/tenantpicker';
import { useMe } from '../../session/me';
import { alerts as t } from '../../text/alerts';
import { narrowed, type QueueAddress, severities, statuses } from './address';
import { qualityQuery } from './query';

type Props = { address: QueueAddress; change: (part: Partial<QueueAddress>) => void };

// QueueBar is what the queue can be narrowed by. Each part stands in the address.
export function QueueBar({ address: a, change }: Props) {
  const rules = useQuery(qualityQuery());
  const ruleOptions = (rules.data?.items ?? []).map((r) => ({ value: r.rule, label: r.title }));
  if (a.rule && !ruleOptions.some((o) => o.value === a.rule)) ruleOptions.push({ value: a.rule, label: a.rule });
  const people = usePeople();
  if (a.assignee && !people.some((p) => p.value === a.assignee)) people.push({ value: a.assignee, label: a.assignee });
  return (
    <Group gap="sm" align="flex-end" component="search">
      <Typed
        label={t.words}
        hint={t.wordsHint}
        value={a.q}
        tell={(q) => change({ q })}
        icon={<Icon name="search" size={14} />}
        main
      />
      <NativeSelect
        aria-label={t.statusName}
        value={a.status ? (a.status.length === statuses.length ? 'all' : a.status.join()) : ''}
        onChange={(e) => {
          const v = e.currentTarget.value;
          const status = v === 'all' ? [...statuses] : statuses.filter((s) => v.split(',').includes(s));
          change({ status: status.length > 0 ? status : undefined });
        }}
        data={[
          { value: '', label: t.open },
          ...statuses.map((s) => ({ value: s as string, label: t.status[s] })),
          { value: 'all', label: t.all },
        ]}
      />
      <NativeSelect
        aria-label={t.severityName}
        value={a.severity?.join() ?? ''}
        onChange={(e) => {
          const chosen = e.currentTarget.value.split(',');
          const severity = severities.filter((s) => chosen.includes(s));
          change({ severity: severity.length > 0 ? severity : undefined });
        }}
        data={levels(a.severity?.join())}
      />
      <NativeSelect
        aria-label={t.assigneeName}
        value={a.assignee ?? ''}
        onChange={(e) => change({ assignee: e.currentTarget.value || undefined })}
        data={[{ value: '', label: t.anybody }, ...people]}
      />
      <NativeSelect
        aria-label={t.rule}
        value={a.rule ?? ''}
        onChange={(e) => change({ rule: e.currentTarget.value || undefined })}
        data={[{ value: '', label: t.anyRule }, ...ruleOptions]}
        maw={240}
      />
      <Typed label={t.entity} hint={t.entityHint} value={a.entity} tell={(entity) => change({ entity })} />
      <TenantPicker value={a.tenant} onChange={(tenant) => change({ tenant })} />
      <NativeSelect
        aria-label={t.sort}
        value={a.sort ?? 'severity'}
        onChange={(e) => change({ sort: e.currentTarget.value === 'newest' ? 'newest' : undefined })}
        data={[
          { value: 'severity', label: t.sorts.severity },
          { value: 'newest', label: t.sorts.newest },
        ]}
      />
      {narrowed(a) && (
        <Button
          variant="subtle"
          onClick={() =>
            change({
              tenant: undefined,
              status: undefined,
              severity: undefined,
              rule: undefined,
              assignee: undefined,
              entity: undefined,
              q: undefined,
            })
          }
        >
          {t.clear}
        </Button>
      )}
    </Group>
  );
}

// Which severities are asked for: each and those above it, or what an address says.
function levels(chosen: string | undefined) {
  const options = [{ value: '', label: t.anySeverity }];
  severities.slice(0, 4).forEach((s, i) => {
    const value = severities.slice(0, i + 1).join();
    options.push({ value, label: i === 0 ? t.severity[s] : t.andAbove(t.severity[s]) });
  });
  if (chosen && !options.some((o) => o.value === chosen)) {
    const label = chosen.split(',').map((s) => t.severity[s as keyof typeof t.severity]);
    options.push({ value: chosen, label: label.join(', ') });
  }
  return options;
}

// usePeople lists to whom alerts can belong. Only who manages people knows all of them.
function usePeople() {
  const { may } = useMe();
  const { data } = useQuery({
    queryKey: ['people'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/people', { signal })),
    enabled: may('people.manage', 'all'),
    staleTime: 60_000,
  });
  return [
    { value: 'me', label: t.me },
    { value: 'none', label: t.nobody },
    ...(data?.items ?? []).map((p) => ({ value: p.id, label: p.name })),
  ];
}

type TypedProps = {
  label: string;
  hint: string;
  value: string | undefined;
  tell: (value: string | undefined) => void;
  icon?: React.ReactNode;
  main?: boolean;
};

// Typed asks when Enter is pressed or the field is left, and follows the address.
function Typed({ label, hint, value = '', tell, icon, main }: TypedProps) {
  const [words, setWords] = useState(value);
  const [known, setKnown] = useState(value);
  if (value !== known) {
    setKnown(value);
    setWords(value);
  }
  const done = () => {
    if (words.trim() !== value) tell(words.trim() || undefined);
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    done();
  };
  return (
    <form onSubmit={submit}>
      <TextInput
        data-search-field={main || undefined}
        aria-label={label}
        placeholder={hint}
        leftSection={icon}
        value={words}
        onChange={(e) => setWords(e.currentTarget.value)}
        onBlur={done}
        spellCheck={false}
        w={250}
      />
    </form>
  );
}
