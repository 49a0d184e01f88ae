import assert from 'node:assert/strict';
import { button, field, heading, link, secretField, tab, to } from '../harness/controls.mjs';

const key = 'a key of more than sixteen characters';

const channels = (page) => page.getByRole('table', { name: 'Channels' });

// channel adds a webhook to the receiver that the test runs.
export async function channel(visit) {
  const { page, sink } = visit;
  await to(page, 'Notifications');
  await heading(page, 'No channel yet').waitFor();
  await visit.accessible('no channel');
  await button(page, 'Add a channel').click();
  const dialog = page.getByRole('dialog', { name: 'Add a channel' });
  await dialog.getByRole('combobox', { name: 'Kind' }).selectOption({ label: 'Webhook' });
  await field(dialog, 'Name').fill('On call');
  await secretField(dialog, 'URL').fill(`${sink.url}/hidden-path`);
  await secretField(dialog, 'Signing key').fill(key);
  await visit.accessible('adding a channel');
  await button(dialog, 'Add a channel').click();
  await dialog.waitFor({ state: 'detached' });
  const row = channels(page).getByRole('row', { name: /On call/ });
  await row.getByText('Nothing sent yet').waitFor();

  await button(row, 'Test On call').click();
  const test = page.getByRole('dialog', { name: 'Test of On call' });
  await test.getByText(/^The test message was taken/).waitFor();
  await visit.accessible('a test that was taken');
  assert.equal(sink.got.length, 1);
  assert.equal(sink.got[0].path, '/hidden-path');
  sink.got.length = 0;
  await test.getByText('Close', { exact: true }).click();

  // What was given once comes back nowhere, neither on the page nor beside it.
  await button(row, 'Edit On call').click();
  const edit = page.getByRole('dialog', { name: 'Edit On call' });
  await edit.getByText('It is set. Leave it empty to keep it.').first().waitFor();
  assert.equal(await secretField(edit, 'URL').inputValue(), '');
  const told = await page.evaluate(async () => (await fetch('/api/v1/channels')).text());
  assert.ok(!told.includes('hidden-path') && !told.includes(key), 'a secret is shown');
  await visit.accessible('changing a channel');
  await button(edit, 'Save').click();
  await edit.waitFor({ state: 'detached' });
  await visit.accessible('channels');
}

// refused shows what a receiver says that does not take the message.
export async function refused({ page, sink }) {
  Object.assign(sink, { status: 410, answer: 'this hook was retired' });
  await button(page, 'Test On call').click();
  const test = page.getByRole('dialog', { name: 'Test of On call' });
  await test.getByText('The test message was not taken.').waitFor();
  await test.getByText('this hook was retired').first().waitFor();
  Object.assign(sink, { status: 200, answer: 'thank you' });
  await button(test, 'Try again').click();
  await test.getByText(/^The test message was taken/).waitFor();
  sink.got.length = 0;
  await test.getByText('Close', { exact: true }).click();
  await test.waitFor({ state: 'detached' });
}

// routes makes two routes, changes their order, asks who would be told, and
// saves them.
export async function routes(visit) {
  const { page } = visit;
  await tab(page, 'Routes').click();
  await page.getByText('No routes are saved: each alert goes to all channels.').waitFor();
  await add(visit, { name: 'nobody', severities: ['Low'] });
  await add(visit, { name: 'urgent', severities: ['High', 'Critical', 'Medium'], channel: 'On call' });
  await button(page, 'Move urgent up').click();
  const first = page.getByRole('table', { name: 'Routes' }).getByRole('row').nth(1);
  await first.getByText('urgent').waitFor();
  await visit.accessible('routes that are not saved');

  const preview = page.getByRole('region', { name: 'Who would be told?' });
  await preview.getByRole('combobox', { name: 'Severities' }).selectOption({ label: 'High' });
  await button(preview, 'Ask').click();
  await preview.getByText('urgent: On call').waitFor();
  await preview.getByRole('combobox', { name: 'Severities' }).selectOption({ label: 'Low' });
  await button(preview, 'Ask').click();
  await preview.getByText('nobody: nobody: what it takes is not notified').waitFor();

  await button(page, 'Save the routes').click();
  await page.getByText('These changes are not saved.').waitFor({ state: 'detached' });
  await page.reload();
  await page.getByRole('table', { name: 'Routes' }).getByRole('row').nth(1).getByText('urgent').waitFor();
  await first.getByText('On call').waitFor();
  await visit.accessible('routes');
}

async function add(visit, { name, severities, channel }) {
  const { page } = visit;
  await button(page, 'Add a route').click();
  const dialog = page.getByRole('dialog', { name: 'New route' });
  await field(dialog, 'Name').fill(name);
  for (const s of severities) await dialog.getByRole('checkbox', { name: s, exact: true }).check();
  if (channel) {
    await dialog.getByRole('checkbox', { name: channel, exact: true }).check();
    await dialog
      .getByRole('combobox', { name: 'One message for alerts of the same' })
      .selectOption({ label: 'nothing: one each' });
    await dialog.getByRole('checkbox', { name: /^Has quiet hours/ }).check();
    await visit.accessible('a route');
    await dialog.getByRole('checkbox', { name: /^Has quiet hours/ }).uncheck();
  }
  await button(dialog, 'Take it over').click();
  await dialog.waitFor({ state: 'detached' });
}

// delivered waits for the alert of the tenant that was just connected: in the
// log of deliveries, and at the receiver.
export async function delivered(visit) {
  const { page, sink } = visit;
  await page.goto('/notifications?tab=deliveries');
  const rows = page
    .getByRole('table', { name: 'Deliveries' })
    .getByRole('row', { name: /Inbox rule sends mail to an outside address.*Sent/ });
  await rows.nth(1).waitFor({ timeout: 60_000 });
  await visit.accessible('deliveries');
  const keys = sink.got.map((m) => m.headers['idempotency-key']);
  assert.ok(keys.length > 0 && keys.every(Boolean), 'messages without a key');
  assert.equal(new Set(keys).size, keys.length, 'a message came twice');
  const about = JSON.stringify(sink.got.map((m) => m.body));
  for (const who of ['anna@contoso.com', 'bert@contoso.com'])
    assert.ok(about.includes(who), `nobody was told of ${who}`);
  await tab(page, 'Channels').click();
  await channels(page)
    .getByRole('row', { name: /On call/ })
    .getByText('Works')
    .waitFor();
  await link(page, 'Its deliveries').click();
  await page.waitForURL(/channel=/);
  await rows.nth(1).waitFor();
}
