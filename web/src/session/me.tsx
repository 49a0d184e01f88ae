import { useSuspenseQuery } from '@tanstack/react-query';
import type { Schemas } from '../api/client';
import { meQuery } from '../api/queries';

export type Permission = Schemas['Permission'];

// mayDo answers whether a person has a permission: for one tenant, for all of
// them, or, when neither is asked, for any at all. It only decides what is
// offered; what is allowed is the server's to decide.
export function mayDo(me: Schemas['Me'], permission: Permission, tenant?: string | 'all'): boolean {
  const own = me.may.find((m) => m.permission === permission);
  if (!own) return false;
  if (own.all) return true;
  if (tenant === undefined) return own.tenants.length > 0;
  return tenant !== 'all' && own.tenants.includes(tenant);
}

export function useMe() {
  const { data } = useSuspenseQuery(meQuery);
  return {
    me: data,
    may: (permission: Permission, tenant?: string | 'all') => mayDo(data, permission, tenant),
    tenantName: (id: string) => data.tenants.find((t) => t.id === id)?.name ?? id,
  };
}
