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

export function queryCommand(sql: string, tenants?: string[]): string {
  return ['nightjar', 'query', ...(tenants ?? []).flatMap((t) => ['--tenant', t]), quoted(sql)].join(' ');
}
