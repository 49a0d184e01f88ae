import type { Schemas } from '../../api/client';

// The files that an answer can be kept as.

// A spreadsheet runs a cell that begins like a formula; an apostrophe before
// it keeps it text (OWASP, CSV injection).
export function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  let s = typeof value === 'object' ? JSON.stringify(value) : String(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a tab and a NUL are what is looked for
  if (/^[=+\-@\t\r\u0000]/.test(s)) s = `'${s}`;
  return /[",\r\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s;
}

export function asCsv(answer: Schemas['QueryAnswer']): string {
  const lines = [
    answer.columns.map((c) => cell(c.name)).join(','),
    ...answer.rows.map((row) => row.map(cell).join(',')),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

export function asNdjson(answer: Schemas['QueryAnswer']): string {
  const names = answer.columns.map((c) => c.name);
  return answer.rows.map((row) => `${JSON.stringify(Object.fromEntries(names.map((n, i) => [n, row[i]])))}\n`).join('');
}
