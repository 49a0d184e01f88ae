import { iso } from './format';

// Span is what every question is asked about: from is in it, to is not. Both
// are absolute, so that an address means the same tomorrow and to others.
export type Span = { from: string; to: string };

export const hour = 3_600_000;
export const day = 24 * hour;

export const presets = [
  { id: '15m', milliseconds: 15 * 60_000 },
  { id: '1h', milliseconds: hour },
  { id: '4h', milliseconds: 4 * hour },
  { id: '24h', milliseconds: day },
  { id: '3d', milliseconds: 3 * day },
  { id: '7d', milliseconds: 7 * day },
  { id: '30d', milliseconds: 30 * day },
  { id: '90d', milliseconds: 90 * day },
] as const;

// lastSpan ends with the running minute, so that what was just stored is in it
// and two people who open a screen in the same minute ask the same question.
export function lastSpan(milliseconds: number, now: number): Span {
  const to = Math.ceil((now + 1) / 60_000) * 60_000;
  return { from: iso(to - milliseconds), to: iso(to) };
}

export function lengthOf(span: Span): number {
  return Date.parse(span.to) - Date.parse(span.from);
}

// readSpan takes a span out of an address, or nothing when it has none that is one.
export function readSpan(search: Record<string, unknown>): Partial<Span> {
  const { from, to } = search;
  if (typeof from !== 'string' || typeof to !== 'string') return {};
  const [f, t] = [Date.parse(from), Date.parse(to)];
  if (Number.isNaN(f) || Number.isNaN(t) || f >= t) return {};
  return { from: iso(f), to: iso(t) };
}

export function hasSpan(search: Partial<Span>): search is Span {
  return search.from !== undefined && search.to !== undefined;
}

// widen and shift are what the arrows beside the picker do.
export function shift(span: Span, share: number): Span {
  const by = lengthOf(span) * share;
  return { from: iso(Date.parse(span.from) + by), to: iso(Date.parse(span.to) + by) };
}

export function widen(span: Span): Span {
  const by = lengthOf(span) / 2;
  return { from: iso(Date.parse(span.from) - by), to: iso(Date.parse(span.to) + by) };
}
