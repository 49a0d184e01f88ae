import type { Schemas } from '../../api/client';

export type Kind = Schemas['EntityKind'];
export type What = Schemas['SilencePreviewInput'];

// Draft is a silence as it stands in its form. Empty is any.
export type Draft = {
  rule: string;
  entity: string;
  text: string;
  tenant: string;
  // Whether it holds only while an alert of the rule source is open.
  meanwhile: boolean;
  source: string;
  shared: Kind[];
};

// whatOf is what a draft keeps quiet, as the interface takes it.
export function whatOf(d: Draft): What {
  const matchers = (['rule', 'entity', 'text'] as const).flatMap((field) => matcher(field, d[field]));
  const tenants = d.tenant ? { tenants: [d.tenant] } : {};
  if (!d.meanwhile) return { kind: 'silence', matchers, ...tenants };
  return { kind: 'inhibition', matchers, ...tenants, sources: matcher('rule', d.source), shared: d.shared };
}

function matcher(field: Schemas['Matcher']['field'], value: string): Schemas['Matcher'][] {
  const named = value.trim();
  return named ? [{ field, values: [named] }] : [];
}

// lacking says what must be named before it can be asked or kept.
export function lacking(what: What): 'matchers' | 'sources' | undefined {
  if (what.matchers.length === 0) return 'matchers';
  return what.kind === 'inhibition' && !what.sources?.length ? 'sources' : undefined;
}
