import { button, field, heading, link, secretField, tab, to } from '../harness/controls.mjs';

export const secret = 'the value that Entra showed once';

// byOwnApplication connects with a secret that is wrong at first.
export async function byOwnApplication(visit) {
  const { page, lab } = visit;
  await to(page, 'Connections');
  await link(page, 'Connect a tenant').first().click();
  await button(page, 'Continue').click();
  await button(page, 'Use my own application').click();
  await heading(page, 'Your application').waitFor();
  await tab(page, 'By a script').click();
  await button(page, 'Download the script').waitFor();
  await visit.accessible('own application');

  await field(page, 'Directory (tenant) ID').fill(lab.tenant);
  await field(page, 'Application (client) ID').fill(lab.client);
  await field(page, 'Name').fill('contoso');
  await page.getByRole('combobox', { name: 'Credential' }).selectOption({ label: 'Client secret' });
  await secretField(page, 'Secret value').fill('8f7d3c5a-1c63-4a7e-9f7a-6d0b6a2f4f10');
  await page.getByText('This looks like the Secret ID').waitFor();
  await secretField(page, 'Secret value').fill('not the secret');
  await button(page, 'Connect').click();
  await heading(page, 'contoso').waitFor();

  await button(page, 'Test connection').click();
  await page.getByRole('status').getByText('The client secret is wrong').waitFor();
  await visit.accessible('a connection that does not work');

  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: 'Replace credential' }).click();
  const dialog = page.getByRole('dialog', { name: 'Replace the credential' });
  await dialog.getByRole('combobox', { name: 'Credential' }).selectOption({ label: 'Client secret' });
  await secretField(dialog, 'Secret value').fill(secret);
  await button(dialog, 'Replace').click();
  await dialog.waitFor({ state: 'detached' });
  await button(page, 'Test connection').click();
  await page.getByRole('status').getByText('The connection works').waitFor();
}

// collectNow waits until every feed of the connection is current.
export async function collectNow(visit) {
  const { page } = visit;
  await button(page, 'Collect now').click();
  await page
    .getByRole('alert')
    .getByText(/Asked \d feeds to list now/)
    .waitFor();
  await page
    .getByRole('row', { name: /Entra ID/ })
    .getByText('Current')
    .waitFor();
  for (const name of ['Coverage', 'Collector log', 'Permissions', 'Feeds']) {
    await tab(page, name).click();
    await page.getByRole('tabpanel', { name }).waitFor();
    await visit.accessible(`connection, ${name}`);
  }
  await button(page, 'Pause').click();
  await button(page, 'Resume').click();
  await button(page, 'Pause').waitFor();
}

// disconnect ends a connection; it wants the name typed.
export async function disconnect(visit) {
  const { page } = visit;
  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: 'Disconnect' }).click();
  const dialog = page.getByRole('dialog', { name: 'Disconnect the tenant' });
  await field(dialog, 'Type contoso to go on').fill('contoso');
  await button(dialog, 'Disconnect for good').click();
  await dialog.getByText('contoso is disconnected').waitFor();
  await visit.accessible('disconnected');
  await dialog.getByText('Close', { exact: true }).click();
  await heading(page, 'No tenant is connected yet').waitFor();
}
