import assert from 'node:assert/strict';
import { button, field, heading, link, to } from '../harness/controls.mjs';
import { accept, decline, signInAs } from '../harness/microsoft.mjs';

// begin goes from the list of connections to Microsoft's page in a new tab.
async function begin(visit) {
  const { page } = visit;
  await to(page, 'Connections');
  await link(page, 'Connect a tenant').first().click();
  await heading(page, 'Connect a tenant').waitFor();
  await button(page, 'Continue').click();
  await heading(page, 'Consent in Microsoft’s page').waitFor();
  return visit.opens(() => button(page, 'Continue to Microsoft').click());
}

// ended waits for the tab that Microsoft sent back, and closes it.
async function ended(microsoft) {
  await heading(microsoft, 'You can close this tab').waitFor();
  await microsoft.close();
}

// steps are the choices that lead there.
export async function choices(visit) {
  const { page } = visit;
  await to(page, 'Connections');
  await heading(page, 'No tenant is connected yet').waitFor();
  await visit.accessible('no connection');
  await link(page, 'Connect a tenant').first().click();
  await page.getByRole('checkbox', { name: 'Audit log' }).waitFor();
  await page
    .getByRole('cell', { name: /ActivityFeed\.Read\b/ })
    .first()
    .waitFor();
  // What is not offered yet asks for nothing: it is read by whoever wants to.
  assert.equal(await page.getByRole('table').count(), 1, 'permissions of what cannot be chosen are listed');
  const folded = page.locator('summary').first();
  await folded.click();
  await visit.accessible('what will be collected');
  assert.equal(await page.getByRole('table').count(), 2);
  await folded.click();
  await visit.accessible('what to collect');
  await button(page, 'Continue').click();
  await heading(page, 'Consent in Microsoft’s page').waitFor();
  await visit.accessible('how to connect');
  // The address holds every choice.
  await page.reload();
  await heading(page, 'Consent in Microsoft’s page').waitFor();
}

export async function declined(visit) {
  const { page } = visit;
  const microsoft = await begin(visit);
  await signInAs(microsoft, /Adele Admin/);
  await accept(microsoft);
  await decline(microsoft);
  await ended(microsoft);
  await page.getByRole('alert').getByText('Consent was declined').waitFor();
  await visit.accessible('consent declined');
  await page.reload();
  await page.getByRole('alert').getByText('Consent was declined').waitFor();
  await link(page, 'Sign in with another account').click();
  await button(page, 'Continue to Microsoft').waitFor();
}

export async function notAnAdministrator(visit) {
  const { page } = visit;
  const microsoft = await begin(visit);
  await signInAs(microsoft, /Ulf User/);
  await accept(microsoft);
  await heading(microsoft, 'Need admin approval').waitFor();
  await button(microsoft, 'Return to the application without granting consent').click();
  await ended(microsoft);
  await page.getByRole('alert').getByText('it is no administrator of the tenant').waitFor();
}

export async function wrongAccount(visit) {
  const { page } = visit;
  const microsoft = await begin(visit);
  await signInAs(microsoft, /Bea Blocked/);
  await heading(microsoft, 'You cannot access this right now').waitFor();
  await button(microsoft, 'Return to the application without granting consent').click();
  await ended(microsoft);
  await page.getByRole('alert').getByText('conditional access').waitFor();
}

export async function accepted(visit) {
  const { page } = visit;
  const microsoft = await begin(visit);
  await page.getByText('Waiting for the consent at Microsoft').waitFor();
  await visit.accessible('waiting for consent');
  await page.reload();
  await page.getByText('Waiting for the consent at Microsoft').waitFor();

  // The wrong account first; Microsoft's page offers another.
  await signInAs(microsoft, /Ulf User/);
  await heading(microsoft, 'Need admin approval').waitFor();
  await button(microsoft, 'Have an admin account? Sign in with that account').click();
  await signInAs(microsoft, /Adele Admin/);
  await accept(microsoft);
  await ended(microsoft);

  // Consent came, and does not hold everywhere at once.
  await page.getByText('Consent received; checking each step').waitFor();
  await page.reload();
  await page.getByText('Every step is done.').waitFor({ timeout: 60_000 });
  await visit.accessible('connected');
  await field(page, 'Name of the connection').fill('contoso');
  await button(page, 'Save').click();
  await heading(page, 'contoso').waitFor();
  assert.match(new URL(page.url()).pathname, /^\/connections\/[0-9a-f-]{36}$/);
  assert.equal(
    await page.getByText('Consent to the operator’s application').count(),
    1,
    'the credential is named twice',
  );
}

// renewed grants the consent of a connection anew, as one does for more
// permissions. The page is left in the middle and comes back by its address.
export async function renewed(visit) {
  const { page } = visit;
  const connection = page.url();
  await button(page, 'More actions').click();
  const menu = page.getByRole('menuitem', { name: 'Renew consent' });
  const microsoft = await visit.opens(() => menu.click());
  await page.getByText('Waiting for the consent at Microsoft').waitFor();
  const waiting = page.url();
  await to(page, 'Overview');
  await signInAs(microsoft, /Adele Admin/);
  await accept(microsoft);
  await ended(microsoft);
  await page.goto(waiting);
  await page.getByText('The consent is renewed').waitFor({ timeout: 60_000 });
  await visit.accessible('renewed');
  await page.getByRole('link', { name: 'Go to the connection' }).click();
  await heading(page, 'contoso').waitFor();
  assert.equal(page.url(), connection, 'the renewal made another connection');
}
