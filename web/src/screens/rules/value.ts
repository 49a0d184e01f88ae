import type { Schemas } from '../../api/client';

type Parameter = Schemas['RuleParameter'];

export type Value = number | string | boolean | (number | string)[];

// said is a value of a parameter as people read it.
export function said(value: unknown, words: { yes: string; no: string }): string {
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (Array.isArray(value)) return value.map(String).join(', ');
  return String(value ?? '');
}

// forForm is a value as it stands in a form: of a list one a line.
export function forForm(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join('\n') : String(value ?? '');
}

const span = /^\d+(\.\d+)?[smhdw]$/;

// fromForm reads what was typed, or returns nothing where it is not of the
// parameter's type. Lists keep numbers where they were numbers before.
export function fromForm(p: Pick<Parameter, 'type' | 'default'>, typed: string): Value | undefined {
  const text = typed.trim();
  switch (p.type) {
    case 'number': {
      const n = Number(text);
      return text !== '' && Number.isFinite(n) ? n : undefined;
    }
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'span':
      return span.test(text) ? text : undefined;
    case 'list': {
      const lines = text.split('\n').flatMap((l) => l.trim() || []);
      const numbers = Array.isArray(p.default) && p.default.length > 0 && p.default.every((v) => typeof v === 'number');
      if (!numbers) return lines;
      const all = lines.map(Number);
      return all.every(Number.isFinite) ? all : undefined;
    }
    default:
      return text;
  }
}
