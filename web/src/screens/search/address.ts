import { among, many, one, type Search, tenants } from '../../address';
import type { Schemas } from '../../api/client';
import { readSpan, type Span } from '../../time/span';

export const tables = [
  'management',
  'azure_ad',
  'exchange',
  'sharepoint',
  'onedrive',
  'teams',
  'general',
  'dlp',
] as const;
export type Table = (typeof tables)[number];

export const operators = [
  'is',
  'is_not',
  'contains',
  'not_contains',
  'starts_with',
  'exists',
  'absent',
  'gte',
  'lte',
] as const;
export type Filter = Schemas['Filter'];

// SearchAddress is a whole search as it stands in the address bar. `event` is
// the one that is open beside the list.
export type SearchAddress = Partial<Span> & {
  tenant?: string[];
  table?: Exclude<Table, 'management'>;
  q?: string;
  f?: string[];
  event?: string;
};

export function validateSearch(search: Search): SearchAddress {
  return {
    ...readSpan(search),
    tenant: tenants(search),
    table: among(search, 'table', tables.slice(1) as Exclude<Table, 'management'>[]),
    q: one(search, 'q'),
    f: many(search, 'f')?.filter((f) => readFilter(f) !== undefined),
    event: one(search, 'event'),
  };
}

// A filter is written field:operator:value, e.g. operation:is:FileAccessed; a
// value may hold further colons, a field none.
export function readFilter(written: string): Filter | undefined {
  const m = /^([a-z][a-z0-9_]*|\$\.[^'*:]+):([a-z_]+)(?::([\s\S]*))?$/.exec(written);
  const op = operators.find((o) => o === m?.[2]);
  if (!m?.[1] || !op) return undefined;
  if (op === 'exists' || op === 'absent') return { field: m[1], op };
  return m[3] === undefined ? undefined : { field: m[1], op, value: m[3] };
}

export function writeFilter(filter: Filter): string {
  const head = `${filter.field}:${filter.op}`;
  return filter.value === undefined ? head : `${head}:${filter.value}`;
}

// withFilter adds a filter and takes away the one that says the opposite.
export function withFilter(all: string[] | undefined, filter: Filter): string[] {
  const opposite = filter.op === 'is' ? 'is_not' : filter.op === 'is_not' ? 'is' : undefined;
  const gone = opposite ? writeFilter({ ...filter, op: opposite }) : undefined;
  const written = writeFilter(filter);
  return [...(all ?? []).filter((f) => f !== gone && f !== written), written];
}

export function withoutFilter(all: string[] | undefined, written: string): string[] | undefined {
  const rest = (all ?? []).filter((f) => f !== written);
  return rest.length > 0 ? rest : undefined;
}

// numeric are the fields that the interface compares as numbers.
const numeric = new Set(['record_type', 'user_type', 'client_port', 'asn', 'lat', 'lon']);

// question is the part that all requests about a search share.
export function question(search: SearchAddress & Span): Schemas['SearchBase'] {
  const filters = (search.f ?? []).flatMap((f) => {
    const filter = readFilter(f);
    if (!filter) return [];
    const value = filter.value;
    const asNumber = numeric.has(filter.field) && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value);
    return [asNumber ? { ...filter, value: Number(value) } : filter];
  });
  return {
    table: search.table ?? 'management',
    from: search.from,
    to: search.to,
    ...(search.tenant ? { tenants: search.tenant } : {}),
    ...(search.q ? { words: search.q } : {}),
    ...(filters.length > 0 ? { filters } : {}),
  };
}
