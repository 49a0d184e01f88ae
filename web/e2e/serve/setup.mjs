import assert from 'node:assert/strict';
import { choosePassword, enrol, password, signIn, signOut } from '../harness/account.mjs';
import { field, heading, link, secretField } from '../harness/controls.mjs';

export const admin = 'Ada';

// firstRun is what the first administrator does.
export async function firstRun(visit) {
  const { page, lab } = visit;
  await page.goto(lab.setupLink);
  await heading(page, 'Set up Nightjar').waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the setup token stays in the address bar');
  await visit.accessible('set up');

  // A password that everybody knows is refused, and says why.
  visit.refuses(400, '/api/v1/setup');
  await field(page, 'Name').fill(admin);
  await choosePassword(page, 'password1234');
  await page.getByRole('alert').waitFor();

  await secretField(page, 'Password').fill('');
  await choosePassword(page);
  await heading(page, 'Add the second factor').waitFor();
  await visit.accessible('second factor');
  Object.assign(visit, { password }, await enrol(visit));
  await heading(page, 'Overview').waitFor();

  // The link has done its work.
  await page.goto(lab.setupLink);
  await heading(page, 'Overview').waitFor();
}

// comeAndGo signs out and in again; no page is open to those who are not signed in.
export async function comeAndGo(visit) {
  const { page } = visit;
  visit.refuses(401, '/api/v1/');
  await signOut(page, admin);
  await visit.accessible('sign in');
  await page.goto('/connections');
  await heading(page, 'Sign in').waitFor();
  await signIn(page, { name: admin, code: visit.recovery.pop() });
  await heading(page, 'Connections').waitFor();
  await link(page, 'Connect a tenant').first().waitFor();
}
