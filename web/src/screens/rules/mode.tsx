import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, take } from '../../api/client';
import { Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Failure } from '../../parts/state';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { rules as t } from '../../text/rules';
import { type Mode, modes } from './address';
import { type Detail, useChanged } from './query';
import { inTenants, useWhere, WherePicker } from './tenants';

export const modeTone = { on: 'ok', dry_run: 'info', off: 'idle' } as const;

export function ModeWord({ mode }: { mode: Mode }) {
  return <Severity tone={modeTone[mode]}>{t.mode[mode]}</Severity>;
}

// ModePanel shows whether a rule is asked, and switches it.
export function ModePanel({ rule }: { rule: Detail }) {
  const { tenantName, may } = useMe();
  const where = useWhere();
  return (
    <Panel title={t.modeName}>
      <Stack gap="sm">
        <Group gap="sm">
          <ModeWord mode={rule.mode} />
          <Text size="sm">{t.modeText[rule.mode]}</Text>
        </Group>
        {rule.modes.length > 0 && (
          <div>
            <Text size="xs" c="dimmed">
              {t.modeElsewhere}
            </Text>
            {rule.modes.map((m) => (
              <Group key={m.tenant} gap="sm">
                <span>{tenantName(m.tenant)}</span>
                <ModeWord mode={m.mode} />
              </Group>
            ))}
          </div>
        )}
        {rule.mode !== 'on' && (
          <Text size="sm" c="dimmed">
            {t.modeAdvice}{' '}
            <Link to="/rules/$id" params={{ id: rule.id }} search={{ tab: 'backtest' }}>
              {t.backtestFirst}
            </Link>
          </Text>
        )}
        {where.length > 0 && <ModeForm key={rule.mode} rule={rule} first={where[0] ?? ''} />}
        {where.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t.mayOnlyLook}
          </Text>
        ) : (
          !may('rule.manage', 'all') && (
            <Text size="sm" c="dimmed">
              {t.mayFor}
            </Text>
          )
        )}
      </Stack>
    </Panel>
  );
}

function ModeForm({ rule, first }: { rule: Detail; first: string }) {
  const [mode, setMode] = useState<Mode | ''>(rule.mode);
  const [where, setWhere] = useState(first);
  const [reason, setReason] = useState('');
  const changed = useChanged();
  const guarded = useGuarded();
  const set = useMutation({
    mutationFn: () =>
      guarded(() =>
        take(
          api.POST('/api/v1/rules/{id}/mode', {
            params: { path: { id: rule.id } },
            body: { ...(mode ? { mode } : {}), ...inTenants(where), ...(reason ? { reason } : {}) },
          }),
        ),
      ),
    onSuccess: (next) => {
      changed(next);
      setReason('');
      const now = next.modes.find((m) => m.tenant === where)?.mode ?? next.mode;
      notifications.show({ message: t.set(next.title, t.mode[now].toLowerCase()) });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    set.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label={t.modeName}
          value={mode}
          onChange={(e) => setMode(e.currentTarget.value as Mode | '')}
          data={[...modes.map((m) => ({ value: m as string, label: t.mode[m] })), { value: '', label: t.modeBack }]}
        />
        <WherePicker value={where} onChange={setWhere} />
        <TextInput label={t.reason} value={reason} maxLength={500} onChange={(e) => setReason(e.currentTarget.value)} />
        <Button type="submit" loading={set.isPending}>
          {t.modeSet}
        </Button>
      </Group>
      {set.error && <Failure error={set.error} />}
    </form>
  );
}
