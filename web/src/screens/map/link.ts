import type { Schemas } from '../../api/client';
import type { Span } from '../../time/span';
import { type SearchAddress, writeFilter } from '../search/address';
import type { Layer } from './address';

// What a sign-in is called in the record, by layer.
const operations: Record<Layer, string | undefined> = {
  user: 'UserLoggedIn',
  failed: 'UserLoginFailed',
  service: undefined,
  anonymiser: undefined,
};

// eventsOf is the search that lists the sign-ins behind a mark.
export function eventsOf(place: Schemas['SigninPlace'], span: Span, tenant?: string[]): SearchAddress {
  const f = [
    writeFilter({ field: 'country', op: 'is', value: place.country }),
    writeFilter({ field: 'city', op: 'is', value: place.city }),
  ];
  const operation = operations[place.layer];
  if (operation) f.unshift(writeFilter({ field: 'operation', op: 'is', value: operation }));
  else {
    f.unshift(
      writeFilter({ field: 'operation', op: 'is', value: 'UserLoggedIn' }),
      writeFilter({ field: 'operation', op: 'is', value: 'UserLoginFailed' }),
    );
  }
  return { from: span.from, to: span.to, tenant, table: 'azure_ad', f };
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
