import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { signIn } from '../harness/account.mjs';
import { Visit } from '../harness/browser.mjs';
import { button, field, heading, secretField } from '../harness/controls.mjs';
import { admin } from './setup.mjs';

const fresh = 'nine kettles under the old bridge';

// elsewhere is another browser in which the administrator signs in.
async function elsewhere(visit, path, secret) {
  const other = await Visit.begin(visit.context.browser(), visit.base);
  other.refuses(401, '/api/v1/');
  await other.page.goto(path);
  await signIn(other.page, { name: admin, code: visit.recovery.pop(), secret });
  return other;
}

// stale lets the next request to a path find that the last proof of who one is
// is too old, as it is after five minutes; the one after it passes.
async function stale(visit, path) {
  const error = { code: 'step_up', message: 'this needs a fresh proof', request_id: 'e2e' };
  visit.refuses(403, path);
  await visit.page.route(`**${path}`, (r) => r.fulfill({ status: 403, json: { error } }), { times: 1 });
}

// newCodes makes new recovery codes: the click waits for a code, and then goes on.
export async function newCodes(visit) {
  const { page } = visit;
  await button(page, `Account of ${admin}`).click();
  await page.getByRole('menuitem', { name: 'Your account', exact: true }).click();
  await page.getByText(`${visit.recovery.length} codes left`).waitFor();
  await visit.accessible('account');

  await stale(visit, '/api/v1/me/recovery-codes');
  await button(page, 'Make new recovery codes').click();
  const proof = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await visit.accessible('step-up');
  visit.refuses(401, '/api/v1/me/step-up');
  await field(proof, 'Code').fill('000000');
  await button(proof, 'Confirm').click();
  await proof.getByRole('alert').waitFor();
  await field(proof, 'Code').fill(visit.recovery.pop());
  await button(proof, 'Confirm').click();

  const shown = page.getByRole('dialog', { name: 'Keep these recovery codes' });
  await button(shown, 'Copy all').click();
  visit.recovery = (await visit.clipboard()).split('\n');
  assert.equal(visit.recovery.length, 10);
  await visit.accessible('new recovery codes');
  const download = page.waitForEvent('download');
  await button(shown, 'Download as a file').click();
  assert.equal(await readFile(await (await download).path(), 'utf8'), `${visit.recovery.join('\n')}\n`);
  await page.getByRole('checkbox', { name: 'I have kept them in a safe place' }).check();
  await button(shown, 'Close').click();
  await page.getByText('10 codes left').waitFor();

  // Whoever gives up the proof gives up what it was for.
  await stale(visit, '/api/v1/me/recovery-codes');
  await button(page, 'Make new recovery codes').click();
  await proof.waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('alert').getByText('this needs a fresh proof').waitFor();
}

// lostCodes leaves the page while the codes are on it.
export async function lostCodes(visit) {
  const { page } = visit;
  await button(page, 'Make new recovery codes').click();
  await heading(page, 'Keep these recovery codes').waitFor();
  await page.goto('/');
  await page.getByText('Your recovery codes were shown').waitFor();
  await visit.accessible('recovery codes lost');
  await page.getByRole('link', { name: 'Make new ones' }).click();
  await button(page, 'Make new recovery codes').click();
  const shown = page.getByRole('dialog', { name: 'Keep these recovery codes' });
  await button(shown, 'Copy all').click();
  visit.recovery = (await visit.clipboard()).split('\n');
  await page.getByRole('checkbox', { name: 'I have kept them in a safe place' }).check();
  await button(shown, 'Close').click();
  await page.goto('/');
  await heading(page, 'Overview').waitFor();
  assert.equal(await page.getByText('Your recovery codes were shown').count(), 0);
}

// newPassword ends the sessions elsewhere; there the sign-in page leads back
// to where one was.
export async function newPassword(visit) {
  const { page } = visit;
  const other = await elsewhere(visit, '/connections');
  await heading(other.page, 'Connections').waitFor();

  await page.goto('/settings/account');
  const sessions = page.getByRole('table', { name: 'Where you are signed in' });
  await sessions.getByRole('row').nth(2).waitFor();
  visit.refuses(401, '/api/v1/me/password');
  await secretField(page, 'Password until now').fill('not the password at all');
  await secretField(page, 'New password').fill(fresh);
  await secretField(page, 'New password again').fill(fresh);
  await button(page, 'Change the password').click();
  await page.getByRole('alert').waitFor();
  await secretField(page, 'Password until now').fill(visit.password);
  await button(page, 'Change the password').click();
  await page.getByRole('status').getByText('The password is changed.').waitFor();
  visit.password = fresh;
  await sessions.getByRole('row').nth(2).waitFor({ state: 'detached' });

  await other.page.getByRole('link', { name: 'Search', exact: true }).click();
  await other.page.getByText('Your session has ended.').waitFor();
  const to = new URL(other.page.url()).searchParams.get('to');
  assert.match(to, /^\/search\?/);
  await signIn(other.page, { name: admin, code: visit.recovery.pop(), secret: fresh });
  await heading(other.page, 'Search').waitFor();
  assert.equal(other.page.url(), visit.base + to);

  await page.reload();
  await sessions.getByRole('row').nth(2).waitFor();
  await button(page, 'Sign out everywhere else').click();
  await page.getByText('All other sessions have ended.').waitFor();
  await other.page.reload();
  await heading(other.page, 'Sign in').waitFor();
  other.blameless();
  await other.end();
}
