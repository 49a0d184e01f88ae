import assert from 'node:assert/strict';
import { button, heading, to } from '../harness/controls.mjs';

const filters = (page) => page.getByRole('group', { name: 'Filters' });
const events = (page) => page.getByRole('table', { name: 'Events', exact: true });

// first waits for the newest event of a search.
export async function first(page) {
  const open = events(page)
    .getByRole('button', { name: /^Open the event/ })
    .first();
  await open.waitFor();
  return open;
}

// narrow includes a value and excludes another; every row agrees.
export async function narrow(visit) {
  const { page } = visit;
  await to(page, 'Search');
  await button(page, /^Time span: /).click();
  await button(page, 'Last 3 days').click();
  await first(page);
  await visit.accessible('search');
  const operations = page.getByRole('region', { name: 'Operation', exact: true });
  await operations.getByRole('button', { name: 'Only Operation UserLoggedIn', exact: true }).click();
  await filters(page).getByText('Operation is UserLoggedIn').waitFor();
  const people = page.getByRole('region', { name: 'User', exact: true });
  const busiest = people.getByRole('button', { name: /^Without User / }).first();
  const name = (await busiest.getAttribute('aria-label')).replace('Without User ', '');
  await busiest.click();
  await filters(page).getByText(`User is not ${name}`).waitFor();
  await people.getByRole('button', { name: `Only User ${name}`, exact: true }).waitFor({ state: 'detached' });
  await first(page);
  for (const row of (await events(page).getByRole('row').allInnerTexts()).slice(1, 10)) {
    assert.match(row, /UserLoggedIn/);
    assert.ok(!row.includes(name), `${name} is in ${row}`);
  }
  // The address holds it all.
  await page.reload();
  await filters(page).getByText(`User is not ${name}`).waitFor();
  await button(page, `Remove the filter User is not ${name}`).click();
  await filters(page).getByText(`User is not ${name}`).waitFor({ state: 'detached' });
}

export async function oneEvent(visit) {
  const { page } = visit;
  await (await first(page)).click();
  const drawer = page.getByRole('dialog', { name: 'Event' });
  const raw = drawer.getByRole('region', { name: 'Record as received' });
  await raw.waitFor();
  await visit.accessible('an event');
  await button(drawer, 'Copy as…').click();
  await page.getByRole('menuitem', { name: 'Record (JSON)', exact: true }).click();
  await button(drawer, 'Copied').waitFor();
  const record = JSON.parse(await visit.clipboard());
  assert.equal(record.Operation, 'UserLoggedIn');
  // Somebody else opens the address and sees the same.
  const shared = await visit.context.newPage();
  await shared.goto(page.url());
  await shared.getByRole('dialog', { name: 'Event' }).getByText(record.Id).first().waitFor();
  await shared.close();
  await button(drawer, 'Next event').click();
  await drawer.getByText(record.Id).first().waitFor({ state: 'detached' });
  await button(drawer, 'Close').click();
  await heading(page, 'Search').waitFor();
}
