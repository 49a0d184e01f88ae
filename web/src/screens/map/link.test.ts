import { expect, test } from 'vitest';
import { question } from '../search/address';
import type { Layer } from './address';
import { eventsOf } from './link';

const span = { from: '2026-11-21T00:00:00Z', to: '2026-11-22T00:00:00Z' };

// A sign-in of each kind at one place, and the layer in which the map counts it.
const signIns: { operation: string; network: string; layer: Layer | undefined }[] = [
  { operation: 'UserLoggedIn', network: 'user', layer: 'user' },
  { operation: 'UserLoginFailed', network: 'hosting', layer: 'failed' },
  { operation: 'UserLoggedIn', network: 'tor', layer: 'anonymiser' },
  { operation: 'UserLoginFailed', network: 'vpn', layer: 'anonymiser' },
  { operation: 'UserLoggedIn', network: 'microsoft_service', layer: 'service' },
  { operation: 'UserLoginFailed', network: 'microsoft_service', layer: 'service' },
  { operation: 'UserLoggedIn', network: 'adfs_proxy', layer: undefined },
];

// found asks as the server does: the values of one field are alternatives,
// and all else must hold.
function found(layer: Layer) {
  const { filters = [] } = question({
    ...eventsOf(
      { country: 'NL', city: '', layer, count: 1, failed: 0, people: 1, first: span.from, last: span.to },
      span,
    ),
    ...span,
  });
  return signIns.filter((s) => {
    const event: Record<string, string> = {
      operation: s.operation,
      network: s.network,
      country: 'NL',
      city: '',
      record_type: '15',
    };
    const wanted = new Set(filters.filter((f) => f.op === 'is').map((f) => f.field));
    return (
      [...wanted].every((field) =>
        filters.some((f) => f.field === field && f.op === 'is' && String(f.value) === event[field]),
      ) && !filters.some((f) => f.op === 'is_not' && String(f.value) === event[f.field])
    );
  });
}

test.each<Layer>([
  'user',
  'failed',
  'service',
  'anonymiser',
])('a mark of the layer %s opens its own sign-ins', (layer) => {
  expect(found(layer)).toEqual(signIns.filter((s) => s.layer === layer));
});
