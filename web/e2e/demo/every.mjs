import { untabbable } from '../harness/focus.mjs';
import { cramped, unsettled, watchShifts } from '../harness/layout.mjs';

// everyScreen loads each screen by its address and looks for what spoils it for
// whoever has no pointer, a small screen, or a slow connection.
export async function everyScreen(visit) {
  const { page } = visit;
  await watchShifts(visit.context);
  const wrong = [];
  const titles = new Map();
  const { items } = await page.evaluate(async () => (await fetch('/api/v1/connections')).json());
  for (const path of [
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
  ]) {
    const name = path.replace(items[0].tenant_id, 'contoso');
    await page.goto(path);
    await page.getByRole('main').waitFor();
    await page.getByText('Loading…').first().waitFor({ state: 'detached' });
    const loaded = await unsettled(page, name);
    wrong.push(...loaded.wrong, ...(await untabbable(page, name)), ...(await cramped(page, name)));
    const twin = titles.get(loaded.title);
    if (twin && !name.startsWith('/settings')) wrong.push(`${name}: has the title of ${twin}`);
    titles.set(loaded.title, name);
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}
