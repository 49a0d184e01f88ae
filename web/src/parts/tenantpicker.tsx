import { MultiSelect } from '@mantine/core';
import { useMe } from '../session/me';
import { text } from '../text';

// TenantPicker narrows a screen to some tenants. With one tenant there is
// nothing to choose, and nothing is shown.
export function TenantPicker({
  value,
  onChange,
}: {
  value: string[] | undefined;
  onChange: (tenants: string[] | undefined) => void;
}) {
  const { me } = useMe();
  if (me.tenants.length < 2) return null;
  return (
    <MultiSelect
      aria-label={text.shell.tenants}
      data={me.tenants.map((t) => ({ value: t.id, label: t.name }))}
      value={value ?? []}
      onChange={(v) => onChange(v.length > 0 ? v : undefined)}
      placeholder={value ? undefined : text.shell.allTenants}
      clearable
      searchable
      w={240}
    />
  );
}
