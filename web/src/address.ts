// How the router writes search parameters: as words that people can read and
// change, never as JSON. A parameter that stands twice is a list.

export type Search = Record<string, unknown>;

export function parseSearch(query: string): Search {
  const found: Search = {};
  for (const [key, value] of new URLSearchParams(query)) {
    const before = found[key];
    if (before === undefined) found[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else found[key] = [before, value];
  }
  return found;
}

export function stringifySearch(search: Search): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') params.append(key, String(one));
    }
  }
  // Colons and commas are allowed in a query (RFC 3986, 3.4) and times read better with them.
  const written = params.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
  return written === '' ? '' : `?${written}`;
}

// The readers of single parameters: what does not fit is dropped, and the
// screen's default holds.
export function one(search: Search, key: string): string | undefined {
  const value = search[key];
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' && first !== '' ? first : undefined;
}

export function many(search: Search, key: string): string[] | undefined {
  const value = search[key];
  const all = (Array.isArray(value) ? value : [value]).filter((v): v is string => typeof v === 'string' && v !== '');
  return all.length > 0 ? all : undefined;
}

export function among<T extends string>(search: Search, key: string, allowed: readonly T[]): T | undefined {
  const value = one(search, key);
  return allowed.find((a) => a === value);
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function tenants(search: Search): string[] | undefined {
  const all = many(search, 'tenant')?.filter((t) => guid.test(t));
  return all && all.length > 0 ? all : undefined;
}
