import assert from 'node:assert/strict';
import { signOut } from '../harness/account.mjs';
import { button, heading, link, to } from '../harness/controls.mjs';

// enter opens the link that the demo printed.
export async function enter(visit) {
  const { page } = visit;
  await page.goto(visit.link);
  await heading(page, 'Overview').waitFor();
  assert.ok(!page.url().includes('#'), 'the token of the link stays in the address bar');
  const again = await visit.context.browser().newContext();
  const stranger = await again.newPage();
  await stranger.goto(visit.link);
  await stranger.getByRole('alert').waitFor();
  await again.close();
}

export async function eachScreen(visit) {
  const { page } = visit;
  await page.getByRole('region', { name: 'Events by workload' }).getByRole('row').nth(1).waitFor();
  await visit.accessible('overview');
  await button(page, /^Health: /).click();
  await page.getByRole('dialog', { name: /^Health: / }).waitFor();
  await visit.accessible('health');
  await page.keyboard.press('Escape');

  await to(page, 'Connections');
  await link(page, 'contoso').waitFor();
  await visit.accessible('connections');
  await link(page, 'contoso').click();
  await heading(page, 'contoso').waitFor();
  await page.getByRole('row', { name: /Entra ID/ }).waitFor();
  await visit.accessible('connection');

  await to(page, 'Settings');
  for (const name of ['People', 'API tokens', 'Audit log', 'Data', 'About']) {
    await page.getByRole('main').getByRole('link', { name, exact: true }).click();
    await page.getByRole('status').filter({ hasText: 'Loading' }).waitFor({ state: 'detached' });
    await visit.accessible(`settings, ${name}`);
  }
}

// signOutEnds ends the session on the server too: the cookie of before is worth nothing.
export async function signOutEnds(visit) {
  const { page, context } = visit;
  const cookies = await context.cookies();
  await signOut(page, 'demo');
  await context.addCookies(cookies);
  visit.refuses(401, '/api/v1/');
  await page.goto('/connections');
  await heading(page, 'Sign in').waitFor();
}
