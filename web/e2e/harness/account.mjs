import { button, field, heading, secretField } from './controls.mjs';
import { Authenticator } from './totp.mjs';

export const password = 'seven lamps over a quiet harbour';

// enrol adds the second factor that is on the screen to an authenticator, keeps
// the recovery codes, and goes on to the console. The page is reloaded after
// the secret was scanned, which must not make it another one.
export async function enrol(visit) {
  const { page } = visit;
  await heading(page, 'Add the second factor').waitFor();
  await button(page, 'Copy Secret, if you cannot scan').click();
  const authenticator = new Authenticator(await visit.clipboard());
  await page.reload();
  await heading(page, 'Add the second factor').waitFor();
  await field(page, 'Code').fill(await authenticator.code());
  await button(page, 'Confirm').click();
  await heading(page, 'Keep these recovery codes').waitFor();
  await button(page, 'Copy all').click();
  const recovery = (await visit.clipboard()).split('\n');
  await page.getByRole('checkbox', { name: 'I have kept them in a safe place' }).check();
  await button(page, 'Go to the console').click();
  return { authenticator, recovery };
}

// choosePassword fills both fields of a new password.
export async function choosePassword(page, value = password) {
  await secretField(page, 'Password').fill(value);
  await secretField(page, 'Password again').fill(value);
  await button(page, 'Continue').click();
}

// signIn goes through the sign-in page.
export async function signIn(page, { name, code, secret = password }) {
  await heading(page, 'Sign in').waitFor();
  await field(page, 'Name').fill(name);
  await secretField(page, 'Password').fill(secret);
  await button(page, 'Continue').click();
  await field(page, 'Code').fill(code);
  await button(page, 'Sign in').click();
}

export async function signOut(page, name) {
  await button(page, `Account of ${name}`).click();
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await heading(page, 'Sign in').waitFor();
}
