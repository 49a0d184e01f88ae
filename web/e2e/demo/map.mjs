import { heading } from '../harness/controls.mjs';
import { first } from './search.mjs';

export async function map(visit) {
  const { page } = visit;
  await page.goto('/map');
  await heading(page, 'Map of sign-ins').waitFor();
  const table = page.getByRole('table', { name: 'Places' });
  await table
    .getByRole('row', { name: /Utrecht/ })
    .first()
    .waitFor();
  await page.getByRole('img', { name: /^World map with \d+ places/ }).waitFor();
  // The simulated company fills every layer, and says whose data place it.
  for (const layer of ['Failed', 'Microsoft services', 'VPN, Tor and relays'])
    await table.getByRole('cell', { name: layer, exact: true }).first().waitFor();
  await page.getByText(/^Places: Simulated City \d{4}-\d\d, as known/).waitFor();
  for (const why of [/AD FS proxy/, /private or reserved network/, /service of Microsoft/, /no address/])
    await page.getByRole('listitem').filter({ hasText: why }).first().waitFor();
  await visit.accessible('map');
  await page.getByRole('group', { name: 'Layers' }).getByRole('checkbox', { name: 'People' }).uncheck();
  await page.waitForURL(/off=user/);
  await page.reload();
  await page.getByRole('group', { name: 'Layers' }).getByRole('checkbox', { name: 'People' }).check();
  await table
    .getByRole('link', { name: /^Show the events of .*Utrecht/ })
    .first()
    .click();
  await heading(page, 'Search').waitFor();
  await first(page);
}
