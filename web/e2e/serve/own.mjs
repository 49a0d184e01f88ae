import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { button, field, heading, link, secretField, tab, to } from '../harness/controls.mjs';

export const secret = 'the value that Entra showed once';

// byOwnApplication connects with a key pair that Nightjar makes, of which the
// application does not know the certificate yet; then with a secret that is
// wrong at first.
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
  await page.getByRole('combobox', { name: 'Credential' }).selectOption({ label: 'Certificate that Nightjar makes' });
  await publicPart(page);
  await visit.accessible('a certificate');
  await button(page, 'Connect').click();
  await heading(page, 'contoso').waitFor();
  await tested(page, 'certificate');
  await visit.accessible('a connection that does not work');

  await replace(page, 'not the secret');
  await tested(page, 'The client secret is wrong');
  await replace(page, secret);
  await tested(page, 'The connection works');
}

// publicPart makes a key pair, and checks that only its certificate is handed out.
async function publicPart(page) {
  await button(page, 'Make the key pair').click();
  const download = page.waitForEvent('download');
  await button(page, 'Download the certificate').click();
  const pem = await readFile(await (await download).path(), 'utf8');
  assert.ok(!pem.includes('PRIVATE'), 'the private key is in the file');
  const thumbprint = new X509Certificate(pem).fingerprint.replaceAll(':', '');
  await page.getByText(thumbprint, { exact: true }).waitFor();
}

async function replace(page, value) {
  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: 'Replace credential' }).click();
  const dialog = page.getByRole('dialog', { name: 'Replace the credential' });
  await dialog.getByRole('combobox', { name: 'Credential' }).selectOption({ label: 'Client secret' });
  await secretField(dialog, 'Secret value').fill(value);
  await button(dialog, 'Replace').click();
  await dialog.waitFor({ state: 'detached' });
}

async function tested(page, verdict) {
  await button(page, 'Test connection').click();
  await page.getByRole('status').getByText(verdict).first().waitFor();
}

// collectNow waits until every feed of the connection is current.
export async function collectNow(visit) {
  const { page } = visit;
  await button(page, 'Collect now').click();
  await page
    .getByRole('alert')
    .getByText(/Asked \d feeds to list now/)
    .waitFor();
  // The backlog of a week comes in first, which a busy machine takes time for.
  await page
    .getByRole('row', { name: /Entra ID/ })
    .getByText('Current')
    .waitFor({ timeout: 60_000 });
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
