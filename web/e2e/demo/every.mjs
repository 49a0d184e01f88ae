import { checkScreens } from '../harness/layout.mjs';

// everyScreen loads each screen by its address and looks for what spoils it for
// whoever has no pointer, a small screen, or a slow connection.
export async function everyScreen(visit) {
  const { items } = await visit.page.evaluate(async () => (await fetch('/api/v1/connections')).json());
  const wrong = await checkScreens(visit, [
    '/',
    '/connections',
    '/connections/new',
    `/connections/${items[0].tenant_id}`,
    '/search',
    '/map',
    '/query',
    '/dashboards',
    '/dashboards/exchange',
    '/settings',
    '/settings/account',
    '/settings/people',
    '/settings/tokens',
    '/settings/audit',
    '/settings/data',
  ]);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}
