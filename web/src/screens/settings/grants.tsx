import { ActionIcon, Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { Schemas } from '../../api/client';
import { Icon } from '../../parts/icon';
import { useMe } from '../../session/me';
import { text } from '../../text';

const t = text.settings;

export const roles = ['admin', 'analyst', 'helpdesk', 'viewer'] as const;

type Grant = Schemas['Grant'];

// useSayGrant says a grant in words.
export function useSayGrant(): (g: Grant) => string {
  const { me } = useMe();
  return (g) => {
    const tenant = g.tenant ? (me.tenants.find((x) => x.id === g.tenant)?.name ?? t.tenantGone) : t.allTenants;
    return `${t.role[g.role]}: ${tenant}`;
  };
}

// GrantEditor chooses roles, each for all tenants or for one.
export function GrantEditor({ value, onChange }: { value: Grant[]; onChange: (grants: Grant[]) => void }) {
  const { me } = useMe();
  const say = useSayGrant();
  const [role, setRole] = useState<Grant['role']>('viewer');
  const [tenant, setTenant] = useState('');
  const key = (g: Grant) => `${g.role} ${g.tenant ?? ''}`;
  const [chosen, setChosen] = useState(false);
  const grant: Grant = tenant ? { role, tenant } : { role };
  const given = value.some((g) => key(g) === key(grant));
  const pending = chosen && !given ? t.notGiven(say(grant)) : '';
  // The form is not sent with a role that was chosen and not given.
  const field = useRef<HTMLSelectElement>(null);
  useEffect(() => field.current?.setCustomValidity(pending), [pending]);
  const clear = () => {
    setRole('viewer');
    setTenant('');
    setChosen(false);
  };
  const add = () => {
    setChosen(false);
    if (!given) onChange([...value, grant]);
  };
  return (
    <Stack gap="sm" role="group" aria-label={t.grants}>
      {value.map((g) => (
        <Group key={key(g)} gap="sm" justify="space-between">
          <span>{say(g)}</span>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t.removeGrant(say(g))}
            onClick={() => onChange(value.filter((v) => key(v) !== key(g)))}
          >
            <Icon name="close" size={14} />
          </ActionIcon>
        </Group>
      ))}
      <Group gap="sm" align="flex-end">
        <NativeSelect
          ref={field}
          label={t.roleName}
          value={role}
          onChange={(e) => {
            setRole(e.currentTarget.value as Grant['role']);
            setChosen(true);
          }}
          data={roles.map((r) => ({ value: r, label: t.role[r] }))}
        />
        <NativeSelect
          label={t.tenantName}
          value={tenant}
          onChange={(e) => {
            setTenant(e.currentTarget.value);
            setChosen(true);
          }}
          data={[{ value: '', label: t.allTenants }, ...me.tenants.map((x) => ({ value: x.id, label: x.name }))]}
        />
        <Button variant="default" onClick={add}>
          {t.addGrant}
        </Button>
        {pending && (
          <Button variant="subtle" color="gray" onClick={clear}>
            {t.clearGrant}
          </Button>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {t.roleText[role]}
      </Text>
      {/* Whoever chooses a role and goes on would else give the ones above alone. */}
      <Text size="sm" fw={600} role="status">
        {pending}
      </Text>
    </Stack>
  );
}
