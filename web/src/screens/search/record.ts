import type { Schemas } from '../../api/client';

// pretty breaks a record's JSON into lines without reading its numbers: those
// beyond 2^53 would come back changed.
export function pretty(json: string): string {
  let out = '';
  let depth = 0;
  let quoted = false;
  const line = () => `\n${'  '.repeat(Math.max(0, depth))}`;
  for (let i = 0; i < json.length; i++) {
    const c = json[i] ?? '';
    if (quoted) {
      out += c;
      if (c === '\\') out += json[++i] ?? '';
      else if (c === '"') quoted = false;
      continue;
    }
    switch (c) {
      case '"':
        quoted = true;
        out += c;
        break;
      case '{':
      case '[': {
        const rest = json.slice(i + 1).match(/^\s*([}\]])/);
        if (rest) {
          out += c + rest[1];
          i += rest[0].length;
        } else {
          depth++;
          out += c + line();
        }
        break;
      }
      case '}':
      case ']':
        depth--;
        out += line() + c;
        break;
      case ',':
        out += c + line();
        break;
      case ':':
        out += ': ';
        break;
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        break;
      default:
        out += c;
    }
  }
  return out;
}

export type Bag = { path: string; value: string };

// bagsOf lists the folded Name/Value bags as paths with their values.
export function bagsOf(fields: string): Bag[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(fields || '{}');
  } catch {
    return [];
  }
  const found: Bag[] = [];
  const walk = (path: string, value: unknown) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) walk(path ? `${path}.${key}` : key, inner);
    } else {
      found.push({ path, value: typeof value === 'string' ? value : JSON.stringify(value) });
    }
  };
  walk('', parsed);
  return found;
}

// An event is named in an address by all that finds it again after its segment
// was compacted: tenant, ref, time and id.
export type EventName = { tenant: string; ref: string; time: string; id: string };

export function writeEvent(e: Schemas['Event']): string {
  return `${e.tenant_id},${e.ref},${e.time},${e.id}`;
}

export function readEvent(written: string): EventName | undefined {
  const m = /^([0-9a-f-]{36}),(\d{1,18}:\d{1,10}),([0-9TZ:.+-]+),([\s\S]*)$/.exec(written);
  return m?.[1] && m[2] && m[3] ? { tenant: m[1], ref: m[2], time: m[3], id: m[4] ?? '' } : undefined;
}
