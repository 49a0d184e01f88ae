import assert from 'node:assert/strict';
import { button, field, heading } from '../harness/controls.mjs';

// token makes an API token, uses it as a program does, and revokes it.
export async function token(visit) {
  const { page, base } = visit;
  await page.goto('/settings/tokens');
  await heading(page, 'No API token yet').waitFor();
  await button(page, 'Make a token').click();
  const dialog = page.getByRole('dialog', { name: 'Make a token' });
  await field(dialog, 'Name').fill('nightly report');
  await visit.accessible('making a token');
  await button(dialog, 'Make a token').click();
  await button(dialog, 'Copy nightly report').click();
  const bearer = await visit.clipboard();
  await visit.accessible('a token');
  await dialog.getByText('Close', { exact: true }).click();

  const ask = (path) => fetch(base + path, { headers: { Authorization: `Bearer ${bearer}` } });
  const me = await (await ask('/api/v1/me')).json();
  assert.deepEqual([me.kind, me.scopes], ['token', ['event.read', 'status.read']]);
  assert.equal((await ask('/api/v1/health')).status, 200);
  assert.equal((await ask('/api/v1/people')).status, 403, 'beyond its scopes');

  const row = page.getByRole('row', { name: /nightly report/ });
  await row.getByText('Active').waitFor();
  await button(row, 'Revoke the token nightly report').click();
  await row.getByText('Revoked').waitFor();
  await visit.accessible('API tokens');
  assert.equal((await ask('/api/v1/me')).status, 401, 'after it was revoked');
}
