import { lengthOf, type Span } from '../time/span';

// The commands that do the same as a screen, ready to be pasted into a shell.

// quoted wraps text for a POSIX shell: nothing in it is run.
export function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

export function curl(method: 'GET' | 'POST', path: string, body?: unknown): string {
  const parts = [
    'curl',
    '-sS',
    ...(method === 'POST' ? ['-X', 'POST'] : []),
    '-H',
    '"Authorization: Bearer $NIGHTJAR_TOKEN"',
  ];
  if (body !== undefined)
    parts.push('-H', quoted('Content-Type: application/json'), '-d', quoted(JSON.stringify(body)));
  parts.push(quoted(window.location.origin + path));
  return parts.join(' ');
}

// filled puts a span where a query has {{from}}, {{to}} and {{bucket}}: the API
// knows these words, the command line does not.
export function filled(sql: string, span: Span): string {
  const at = (time: string) => `TIMESTAMP '${new Date(time).toISOString().slice(0, 19).replace('T', ' ')}'`;
  const seconds = Math.max(1, Math.round(lengthOf(span) / 60_000));
  return sql
    .replaceAll('{{from}}', at(span.from))
    .replaceAll('{{to}}', at(span.to))
    .replaceAll('{{bucket}}', `INTERVAL '${seconds} seconds'`);
}

export function queryCommand(sql: string, tenants: string[] | undefined, span: Span): string {
  const which = (tenants ?? []).flatMap((t) => ['--tenant', t]);
  return ['nightjar', 'query', ...which, quoted(filled(sql, span))].join(' ');
}
