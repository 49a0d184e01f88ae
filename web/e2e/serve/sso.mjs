import assert from 'node:assert/strict';
import { signOut } from '../harness/account.mjs';
import { Visit } from '../harness/browser.mjs';
import { button, field, heading, to } from '../harness/controls.mjs';
import { accept, signInAs } from '../harness/microsoft.mjs';

const person = 'Uma';

const account = async (page) => {
  await page.goto('/settings/account');
  await heading(page, 'Accounts elsewhere').waitFor();
};

// uninvited signs in well at the provider, and is nobody here.
export async function uninvited(visit) {
  const stranger = await Visit.begin(visit.context.browser(), visit.base, { origins: visit.origins });
  const { page } = stranger;
  await page.goto('/login');
  await stranger.accessible('sign in with a provider');
  await button(page, 'Sign in with Contoso').click();
  await signInAs(page, /Ulf User/);
  await accept(page);
  await heading(page, 'You are not signed in').waitFor();
  await page.getByText('Ask an administrator for an invitation').waitFor();
  await stranger.accessible('refused by single sign-on');

  assert.match(page.url(), /reason=unknown/);
  stranger.blameless();
  await stranger.end();
}

// join takes up an invitation without making a password.
export async function join(visit) {
  const { page } = visit;
  await page.goto('/settings/people');
  await button(page, 'Invite a person').click();
  const form = page.getByRole('dialog', { name: 'Invite a person' });
  await field(form, 'Name').fill(person);
  await button(form, 'Invite a person').click();
  const handOver = page.getByRole('dialog', { name: 'Hand over this link' });
  await button(handOver, 'Copy the link').click();
  const address = await visit.clipboard();
  await handOver.getByText('Close', { exact: true }).click();

  const uma = await Visit.begin(visit.context.browser(), visit.base, { origins: visit.origins });
  visit.uma = uma;
  await uma.page.goto(address);
  await uma.page.getByText(`You will sign in as ${person}`).waitFor();
  await uma.accessible('an invitation with a provider');
  await button(uma.page, 'Join with Contoso').click();
  await signInAs(uma.page, /Ulf User/);
  await heading(uma.page, 'Overview').waitFor();
  await page.reload();
  await page.getByRole('row', { name: /Uma/ }).getByText('Active').waitFor();
  uma.blameless();
}

// comeIn signs out here, and in again without typing anything.
export async function comeIn({ uma }) {
  const { page } = uma;
  uma.refuses(401, '/api/v1/');
  await signOut(page, person);
  await page.goto('/settings/account');
  await heading(page, 'Sign in').waitFor();
  await button(page, 'Sign in with Contoso').click();
  // She is signed in there, and comes back to where she wanted to go.
  await heading(page, 'Accounts elsewhere').waitFor();
  await page.getByRole('row', { name: /user@contoso/ }).waitFor();
  await uma.accessible('accounts elsewhere');
  uma.blameless();
}

// goStale lets the next change be refused as that of a session which is not
// fresh: it stands in for waiting five minutes.
async function goStale(page) {
  const stale = { error: { code: 'step_up', message: 'this needs a fresh proof', hint: '', request_id: 'none' } };
  let refused = false;
  await page.route('**/api/v1/me/identities', (route) => {
    if (refused || route.request().method() !== 'POST') return route.fallback();
    refused = true;
    return route.fulfill({ status: 403, json: stale });
  });
}

// stepUp signs in at the provider anew.
export async function stepUp({ uma }) {
  const { page } = uma;
  uma.refuses(403, '/api/v1/me/identities');
  await account(page);
  const when = () => page.evaluate(async () => (await (await fetch('/api/v1/me')).json()).authenticated);
  const before = await when();
  await goStale(page);
  await button(page, 'Link an account of Contoso').click();
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await button(dialog, 'Confirm with Contoso').waitFor();
  await uma.accessible('step up with a provider');
  assert.equal(await field(dialog, 'Code').count(), 0, 'a code is asked of somebody who has no authenticator');
  await button(dialog, 'Confirm with Contoso').click();
  await signInAs(page, /Ulf User/); // although she is signed in there
  await heading(page, 'Accounts elsewhere').waitFor();
  assert.ok((await when()) > before, 'the session is no fresher than before');

  // Another account proves nothing of her.
  await goStale(page);
  await button(page, 'Link an account of Contoso').click();
  await button(dialog, 'Confirm with Contoso').click();
  await signInAs(page, /Adele Admin/);
  await accept(page);
  await heading(page, 'You are not confirmed').waitFor();
  assert.match(page.url(), /reason=other/);
  uma.blameless();
}

// last cannot lock herself out.
export async function last({ uma }) {
  const { page } = uma;
  uma.refuses(409, '/api/v1/me/identities');
  await account(page);
  await button(page, 'Unlink user@contoso.onmicrosoft.com').click();
  await page.getByRole('alert').getByText('this is the only way in', { exact: false }).waitFor();
  uma.blameless();
  await uma.end();
}

// link adds an account, signs in by it and unlinks it again.
export async function link(visit) {
  const { page } = visit;
  await account(page);
  await page.getByText('None is linked.').waitFor();
  await button(page, 'Link an account of Contoso').click();
  await signInAs(page, /Adele Admin/);
  await page.getByRole('row', { name: /admin@contoso/ }).waitFor();
  await to(page, 'Settings');
  await account(page);
  await button(page, 'Unlink admin@contoso.onmicrosoft.com').click();
  await page.getByText('None is linked.').waitFor();
}
