import type { Schemas } from '../../api/client';
import { text } from '../../text';
import { hour, lastSpan, lengthOf, type Span } from '../../time/span';
import type { QueryAddress } from '../query/address';
import { type SearchAddress, tables, writeFilter } from '../search/address';

export type Saved = Schemas['SavedSearch'];
export type SavedInput = Schemas['SavedSearchInput'];
export type Asked = Omit<SavedInput, 'name' | 'shared' | 'last_seconds' | 'from' | 'to'>;

// spanOf is the span that a saved search is opened with.
export function spanOf(s: Saved, now: number): Span {
  if (s.from && s.to) return { from: s.from, to: s.to };
  return lastSpan((s.last_seconds ?? 86_400) * 1000, now);
}

type Opened = { to: '/search'; search: SearchAddress } | { to: '/query'; search: QueryAddress };

// opened is where a saved search leads.
export function opened(s: Saved, now: number): Opened {
  const common = { ...spanOf(s, now), tenant: s.tenants };
  if (s.kind === 'sql') return { to: '/query', search: { ...common, sql: s.query } };
  const table = tables.find((t) => t === s.table);
  return {
    to: '/search',
    search: {
      ...common,
      table: table === 'management' ? undefined : table,
      q: s.query || undefined,
      f: s.filters?.map((f) => writeFilter(f)),
    },
  };
}

// askedOf is the search of an address as it is saved.
export function askedOf(base: Schemas['SearchBase']): Asked {
  return {
    kind: 'search',
    query: base.words ?? '',
    table: base.table,
    ...(base.tenants ? { tenants: base.tenants } : {}),
    ...(base.filters
      ? {
          filters: base.filters.map((f) =>
            f.value === undefined ? { field: f.field, op: f.op } : { field: f.field, op: f.op, value: String(f.value) },
          ),
        }
      : {}),
  };
}

// inputOf is a saved search as it is sent back when a part of it changes.
export function inputOf(s: Saved): SavedInput {
  const { name, shared, kind, query, table, filters, tenants, last_seconds, from, to, columns } = s;
  return { name, shared: shared ?? false, kind, query, table, filters, tenants, last_seconds, from, to, columns };
}

// sayLength is a length of time in the largest unit that fits.
export function sayLength(span: Span): string {
  const length = lengthOf(span);
  if (length % (24 * hour) === 0) return text.saved.days(length / (24 * hour));
  if (length % hour === 0) return text.saved.hours(length / hour);
  return text.saved.minutes(Math.round(length / 60_000));
}
