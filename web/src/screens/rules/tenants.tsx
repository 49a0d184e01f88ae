import { NativeSelect } from '@mantine/core';
import { useMe } from '../../session/me';
import { rules as t } from '../../text/rules';

// Where is what a change holds for: one tenant, or '' for all.
export function useWhere(): string[] {
  const { me, may } = useMe();
  const own = me.tenants.map((m) => m.id).filter((id) => may('rule.manage', id));
  return may('rule.manage', 'all') ? ['', ...own] : own;
}

// WherePicker chooses one of the tenants in which somebody may change rules.
export function WherePicker({ value, onChange }: { value: string; onChange: (where: string) => void }) {
  const { tenantName } = useMe();
  const where = useWhere();
  return (
    <NativeSelect
      label={t.tenants}
      value={value}
      onChange={(e) => onChange(e.currentTarget.value)}
      data={where.map((id) => ({ value: id, label: id ? tenantName(id) : t.allTenants }))}
    />
  );
}

// inTenants is how the interface is told: nothing is said of all.
export const inTenants = (where: string) => (where ? { tenants: [where] } : {});
