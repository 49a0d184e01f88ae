import type { Schemas } from '../../api/client';
import type { Span } from '../../time/span';
import { type Filter, type SearchAddress, writeFilter } from '../search/address';
import type { Layer } from './address';

// anonymisers are the kinds of network behind which people's places are not seen.
const anonymisers = ['tor', 'vpn', 'relay', 'proxy_sse'];

// What makes a sign-in one of a layer, as internal/signin/places_sql.go has it:
// services and anonymisers come before success and failure.
const inLayer: Record<Layer, Filter[]> = {
  user: [is('operation', 'UserLoggedIn'), ...from('is_not', ['microsoft_service', 'adfs_proxy', ...anonymisers])],
  failed: [is('operation', 'UserLoginFailed'), ...from('is_not', ['microsoft_service', 'adfs_proxy', ...anonymisers])],
  service: [...signIns(), ...from('is', ['microsoft_service'])],
  anonymiser: [...signIns(), ...from('is', anonymisers)],
};

function is(field: string, value: string): Filter {
  return { field, op: 'is', value };
}

function from(op: Filter['op'], networks: string[]): Filter[] {
  return networks.map((value) => ({ field: 'network', op, value }));
}

function signIns(): Filter[] {
  return [is('operation', 'UserLoggedIn'), is('operation', 'UserLoginFailed')];
}

// eventsOf is the search that lists the sign-ins behind a mark, and no others.
export function eventsOf(place: Schemas['SigninPlace'], span: Span, tenant?: string[]): SearchAddress {
  const f = [
    ...inLayer[place.layer],
    is('country', place.country),
    is('city', place.city),
    is('record_type', '15'), // a sign-in in the audit log
  ];
  return { from: span.from, to: span.to, tenant, table: 'azure_ad', f: f.map(writeFilter) };
}

const countries = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });

// placeName says a place in words: the city when it is known, and the country.
export function placeName(place: { city: string; country: string }): string {
  let country = place.country;
  try {
    country = countries.of(place.country) ?? place.country;
  } catch {
    // What is no region code stays as it is.
  }
  return place.city ? `${place.city}, ${country}` : country;
}
