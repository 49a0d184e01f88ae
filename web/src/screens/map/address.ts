import { many, type Search, tenants } from '../../address';
import { readSpan, type Span } from '../../time/span';

export const layers = ['user', 'failed', 'service', 'anonymiser'] as const;
export type Layer = (typeof layers)[number];

export type Look = Partial<Span> & { tenant?: string[]; off?: Layer[] };

// validateLook reads what the screens that only look at a span have in their
// address. Layers are shown unless they are named as off.
export function validateLook(search: Search): Look {
  const off = layers.filter((l) => many(search, 'off')?.includes(l));
  return { ...readSpan(search), tenant: tenants(search), off: off.length > 0 ? off : undefined };
}
