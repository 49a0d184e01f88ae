import assert from 'node:assert/strict';
import { choosePassword, enrol, signOut } from '../harness/account.mjs';
import { Visit } from '../harness/browser.mjs';
import { button, field, heading, link, secretField } from '../harness/controls.mjs';
import { Device } from '../harness/device.mjs';

const admin = 'Ada';

const account = async (page) => {
  await page.goto('/settings/account');
  await heading(page, 'Passkeys').waitFor();
};

// elsewhere opens the console by its address, and takes the way that is shown.
export async function elsewhere(visit) {
  const { page, nightjar } = visit;
  const other = await Visit.begin(visit.context.browser(), nightjar.address, { origins: [nightjar.named] });
  await other.page.goto(`${nightjar.address}/setup#${nightjar.token}`);
  await heading(other.page, 'Set up Nightjar').waitFor();
  assert.ok(await other.page.getByRole('radio', { name: 'With a passkey' }).isDisabled());
  await other.accessible('set up without passkeys');
  await link(other.page, nightjar.named).click();
  await heading(other.page, 'Set up Nightjar').waitFor();
  assert.equal(new URL(other.page.url()).origin, nightjar.named);
  assert.equal(await field(other.page, 'Setup token').count(), 0, 'the token is asked for again');
  other.blameless();
  await other.end();

  await page.goto(`/setup#${nightjar.token}`);
  assert.ok(await page.getByRole('radio', { name: 'With a passkey' }).isChecked(), 'a passkey is not proposed');
  await visit.accessible('set up with a passkey');
}

// add sets up the first administrator with a password, who then adds a passkey.
export async function add(visit) {
  const { page } = visit;
  await field(page, 'Name').fill(admin);
  await page.getByRole('radio', { name: 'With a password and an authenticator app' }).check();
  await choosePassword(page);
  Object.assign(visit, await enrol(visit));
  await heading(page, 'Overview').waitFor();

  visit.device = await Device.plug(page);
  await account(page);
  await page.getByText('You have no passkey.').waitFor();
  await field(page, 'Name of the new passkey').fill('Laptop');
  await button(page, 'Add a passkey').click();
  await page.getByRole('row', { name: /Laptop/ }).waitFor();
  await page.getByText('The passkey is added.', { exact: false }).waitFor();
  await visit.accessible('passkeys');
  const keys = await visit.device.keys();
  assert.equal(keys.length, 1);
  assert.ok(keys[0].isResidentCredential);
  assert.equal(keys[0].rpId, 'localhost');

  // The same device has no use of a second one.
  await button(page, 'Add a passkey').click();
  await page.getByRole('alert').getByText('This device has a passkey for you already').waitFor();
  assert.match(await visit.nightjar.tell('person', 'list'), /Ada\s.*passkey, password/);
}

// comeIn signs out, and in again without typing anything.
export async function comeIn(visit) {
  const { page } = visit;
  visit.refuses(401, '/api/v1/');
  await signOut(page, admin);
  await visit.accessible('sign in with a passkey');
  await button(page, 'Sign in with a passkey').click();
  await heading(page, 'Overview').waitFor();
  await account(page);
  const row = page.getByRole('row', { name: /Laptop/ });
  await row.waitFor();
  assert.doesNotMatch(await row.innerText(), /never/, 'the use of the passkey is not shown');
}

// wrongFinger fails to prove who it is; the page says so and stays.
export async function wrongFinger(visit) {
  const { page } = visit;
  await signOut(page, admin);
  await visit.device.verifies(false);
  await button(page, 'Sign in with a passkey').click();
  await page.getByRole('alert').getByText('No passkey was used').waitFor();
  await visit.device.verifies(true);
  await button(page, 'Sign in with a passkey').click();
  await heading(page, 'Overview').waitFor();
}

// stepUp proves it anew when the server asks. A session is fresh for five
// minutes; the answer of one that is not stands in for waiting.
export async function stepUp(visit) {
  const { page } = visit;
  visit.refuses(403, '/api/v1/me/recovery-codes');
  await account(page);
  const stale = { error: { code: 'step_up', message: 'this needs a fresh proof', hint: '', request_id: 'none' } };
  await page.route('**/api/v1/me/recovery-codes', (route) => route.fulfill({ status: 403, json: stale }), { times: 1 });
  await button(page, 'Make new recovery codes').click();
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await button(dialog, 'Use a passkey').waitFor();
  await visit.accessible('step up with a passkey');
  const proved = page.waitForResponse((r) => r.url().endsWith('/api/v1/me/step-up/passkey/finish'));
  await button(dialog, 'Use a passkey').click();
  assert.equal((await proved).status(), 200);
  await page.getByRole('dialog', { name: 'Keep these recovery codes' }).waitFor();
  await page.getByRole('checkbox', { name: 'I have kept them in a safe place' }).check();
  await button(page, 'Close').click();
}

// join lets somebody in who never has a password.
export async function join(visit) {
  const { page, nightjar } = visit;
  await page.goto('/settings/people');
  await button(page, 'Invite a person').click();
  const form = page.getByRole('dialog', { name: 'Invite a person' });
  await field(form, 'Name').fill('Vera');
  await button(form, 'Invite a person').click();
  const handOver = page.getByRole('dialog', { name: 'Hand over this link' });
  await button(handOver, 'Copy the link').click();
  const address = await visit.clipboard();
  await handOver.getByText('Close', { exact: true }).click();

  const vera = await Visit.begin(visit.context.browser(), nightjar.named);
  visit.vera = vera;
  vera.device = await Device.plug(vera.page);
  await vera.page.goto(address);
  await vera.page.getByText('You will sign in as Vera').waitFor();
  await button(vera.page, 'Make the passkey').click();
  await heading(vera.page, 'Keep these recovery codes').waitFor();
  await vera.accessible('recovery codes beside a passkey');
  await button(vera.page, 'Copy all').click();
  vera.recovery = (await vera.clipboard()).split('\n');
  await vera.page.getByRole('checkbox', { name: 'I have kept them in a safe place' }).check();
  await button(vera.page, 'Go to the console').click();
  await heading(vera.page, 'Overview').waitFor();

  await account(vera.page);
  assert.equal(await heading(vera.page, 'Password').count(), 0, 'a password is offered that is not there');
  vera.refuses(409, '/api/v1/me/passkeys');
  await vera.page.getByRole('button', { name: /^Remove the passkey/ }).click();
  const dialog = vera.page.getByRole('dialog', { name: 'Remove the passkey' });
  await button(dialog, 'Remove').click();
  await dialog.getByText('your only way to sign in', { exact: false }).waitFor();
  vera.blameless();
}

// recover comes in with two recovery codes when the device is lost.
export async function recover({ vera }) {
  const { page } = vera;
  vera.refuses(401, '/api/v1/');
  await page.goto('/');
  await signOut(page, 'Vera');
  await vera.device.unplug();
  await field(page, 'Name').fill('Vera');
  await secretField(page, 'Password').fill(vera.recovery[0]);
  await button(page, 'Continue').click();
  await field(page, 'Code').fill(vera.recovery[1]);
  await button(page, 'Sign in').click();
  await heading(page, 'Overview').waitFor();
  vera.blameless();
  await vera.end();
}

// remove takes the passkey away; what the device still has opens nothing.
export async function remove(visit) {
  const { page } = visit;
  visit.refuses(401, '/api/v1/');
  await account(page);
  await button(page, 'Remove the passkey Laptop').click();
  await visit.accessible('removing a passkey');
  await button(page.getByRole('dialog', { name: 'Remove the passkey' }), 'Remove').click();
  await page.getByText('You have no passkey.').waitFor();
  await signOut(page, admin);
  await button(page, 'Sign in with a passkey').click();
  await page.getByRole('alert').getByText('this passkey does not sign you in here').waitFor();
  await heading(page, 'Sign in').waitFor();
}
