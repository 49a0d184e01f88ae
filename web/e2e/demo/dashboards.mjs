import { button, field, heading, link, to } from '../harness/controls.mjs';

// ownCopy looks at a ready dashboard, keeps a changed copy, and deletes it.
export async function ownCopy(visit) {
  const { page } = visit;
  await to(page, 'Dashboards');
  await link(page, 'Exchange').waitFor();
  await visit.accessible('dashboards');
  await link(page, 'Exchange').click();
  await heading(page, 'Exchange').waitFor();
  await page.getByRole('main').getByRole('table').first().waitFor();
  await visit.accessible('a dashboard');
  await link(page, 'Copy and change').click();
  await field(page, 'Title').fill('Mail of ours');
  await field(page, 'File name').fill('mail-of-ours');
  await visit.accessible('changing a dashboard');
  await button(page, 'Save').click();
  await heading(page, 'Mail of ours').waitFor();
  await page.reload();
  await heading(page, 'Mail of ours').waitFor();
  await button(page, 'Delete').click();
  const dialog = page.getByRole('dialog', { name: 'Delete the dashboard' });
  await button(dialog, 'Delete').click();
  await heading(page, 'Dashboards').waitFor();
  await link(page, 'Mail of ours').waitFor({ state: 'detached' });
}
