import { among, many, one, type Search, tenants } from '../../address';

export const severities = ['critical', 'high', 'medium', 'low', 'informational'] as const;
export type Level = (typeof severities)[number];

export const statuses = ['new', 'acknowledged', 'closed'] as const;
export type Status = (typeof statuses)[number];

export const entityKinds = [
  'user',
  'address',
  'mailbox',
  'application',
  'device',
  'site',
  'file',
  'group',
  'role',
  'session',
  'domain',
  'policy',
  'collector',
  'tenant',
] as const;

// QueueAddress is what the queue shows, as it stands in the address bar. Without
// a status it shows what is not closed; without an order, the gravest first.
export type QueueAddress = {
  tenant?: string[];
  status?: Status[];
  severity?: Level[];
  rule?: string;
  assignee?: string;
  entity?: string;
  q?: string;
  sort?: 'newest';
};

export function validateQueue(search: Search): QueueAddress {
  const status = statuses.filter((s) => many(search, 'status')?.includes(s));
  const severity = severities.filter((s) => many(search, 'severity')?.includes(s));
  return {
    tenant: tenants(search),
    status: status.length > 0 ? status : undefined,
    severity: severity.length > 0 ? severity : undefined,
    rule: one(search, 'rule'),
    assignee: one(search, 'assignee'),
    entity: one(search, 'entity'),
    q: one(search, 'q'),
    sort: among(search, 'sort', ['newest'] as const),
  };
}

export function narrowed(a: QueueAddress): boolean {
  return [a.tenant, a.status, a.severity, a.rule, a.assignee, a.entity, a.q].some((v) => v !== undefined);
}

export type IncidentsAddress = { tenant?: string[]; status?: 'open' | 'closed'; several?: boolean };

export function validateIncidents(search: Search): IncidentsAddress {
  const several = search.several === true || search.several === 'true';
  return {
    tenant: tenants(search),
    status: among(search, 'status', ['open', 'closed'] as const),
    several: several || undefined,
  };
}

export type RiskAddress = { tenant?: string[]; kind?: (typeof entityKinds)[number] };

export function validateRisk(search: Search): RiskAddress {
  return { tenant: tenants(search), kind: among(search, 'kind', entityKinds) };
}

// SilencesAddress may hold what a silence that is being made begins with.
export type SilencesAddress = { past?: boolean; like?: string };

export function validateSilences(search: Search): SilencesAddress {
  const past = search.past === true || search.past === 'true';
  return { past: past || undefined, like: one(search, 'like') };
}
