import { button, heading } from './controls.mjs';

// The simulated sign-in pages of Microsoft, as a person goes through them.

// signInAs picks an account by its name.
export async function signInAs(page, name) {
  await heading(page, 'Pick an account').waitFor();
  await page.getByRole('list', { name: 'Accounts' }).getByRole('button', { name }).click();
}

export async function accept(page) {
  await heading(page, 'Permissions requested').waitFor();
  await button(page, 'Accept').click();
}

export async function decline(page) {
  await heading(page, 'Permissions requested').waitFor();
  await button(page, 'Cancel').click();
}
