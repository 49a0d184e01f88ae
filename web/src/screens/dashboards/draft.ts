import { queryOptions } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';

export const dashboardsQuery = queryOptions({
  queryKey: ['dashboards'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/dashboards', { signal })),
});

export const dashboardQuery = (id: string) =>
  queryOptions({
    queryKey: ['dashboards', id],
    queryFn: ({ signal }) => take(api.GET('/api/v1/dashboards/{id}', { params: { path: { id } }, signal })),
  });

export const idPattern = '[a-z0-9][a-z0-9\\-]{0,62}';

// idOf proposes a file name for a title.
export function idOf(title: string): string {
  return title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
}

export function inputOf(d: Schemas['Dashboard']): Schemas['DashboardInput'] {
  return { title: d.title, panels: d.panels, ...(d.text ? { text: d.text } : {}) };
}

// writeFile and readFile are a dashboard as a file that can be carried to
// another Nightjar.
export function writeFile(d: Schemas['Dashboard']): string {
  return `${JSON.stringify({ id: d.id, ...inputOf(d) }, null, 2)}\n`;
}

export function readFile(content: string): { id: string; input: Schemas['DashboardInput'] } | undefined {
  let read: unknown;
  try {
    read = JSON.parse(content);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const { id, title, panels, text } = read as Record<string, unknown>;
  if (typeof title !== 'string' || !Array.isArray(panels)) return undefined;
  const name = typeof id === 'string' && new RegExp(`^${idPattern}$`).test(id) ? id : idOf(title);
  if (name === '') return undefined;
  // What is wrong inside of a panel is the server's to say, with its place.
  const input = { title, panels: panels as Schemas['Panel'][], ...(typeof text === 'string' ? { text } : {}) };
  return { id: name, input };
}
