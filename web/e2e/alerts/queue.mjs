import assert from 'node:assert/strict';
import { heading } from '../harness/controls.mjs';
import { current, press, queue, reach, row, rows, somebodyElse } from './keyboard.mjs';

const fact = (page, text) => page.getByRole('region', { name: 'What happened' }).getByText(text, { exact: true });

// toClosed takes what an attacker's rule left in a mailbox from the queue to closed.
export async function toClosed(visit) {
  const { page } = visit;
  await queue(page);
  await visit.accessible('alert queue');
  await press(page, '?');
  await page.getByRole('dialog', { name: 'Keys for alerts' }).waitFor();
  await visit.accessible('keys for alerts');
  await press(page, 'Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  const id = await queue(page, 'inbox rule');
  visit.alert = id;
  const reason = await row(page, id).getAttribute('data-reason');
  await press(page, 'Enter');
  await page.waitForURL(new RegExp(`/alerts/${id}$`));
  await page.getByText(reason, { exact: true }).first().waitFor();
  await page.locator('[tabindex="-1"]:focus', { hasText: reason }).waitFor();
  for (const part of ['About', 'Evidence', 'What is normal here', 'Next steps', 'The rule', 'History']) {
    await page.getByRole('region', { name: part, exact: true }).waitFor();
  }
  await page.getByRole('table', { name: 'What is normal here' }).getByRole('row').nth(1).waitFor();
  // A test of the rule, of how many events it expects how many alerts.
  const tests = page.getByRole('region', { name: 'The rule', exact: true }).getByRole('table', { name: 'Tests' });
  await tests
    .getByRole('row', { name: /\S \d+ \d+$/ })
    .first()
    .waitFor();
  await visit.accessible('alert');
  const record = page.getByRole('button', { name: /^Record of New-InboxRule/ }).first();
  await reach(page, record);
  await press(page, 'Enter');
  await page
    .getByRole('region', { name: /^Record of/ })
    .getByText('"Operation": "New-InboxRule"')
    .waitFor();

  await press(page, 'a');
  await fact(page, 'Acknowledged').waitFor();
  await press(page, 'm');
  await fact(page, 'demo').waitFor();
  await press(page, 'c');
  await page.getByRole('dialog', { name: `Comment on ${id}` }).waitFor();
  await page.keyboard.type('She did not make this rule.');
  await press(page, 'Enter');
  const history = page.getByRole('table', { name: 'History' });
  await history.getByText('She did not make this rule.').waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await press(page, 'e');
  const closing = page.getByRole('dialog', { name: `Close ${id}` });
  await closing.waitFor();
  await visit.accessible('closing an alert');
  await press(page, 't');
  await page.locator('textarea:focus').waitFor();
  await page.keyboard.type('Password reset, rule removed.');
  await press(page, 'Enter');
  await fact(page, 'Closed, true').waitFor();
  await closing.waitFor({ state: 'detached' });
  await history.getByText('Password reset, rule removed.').waitFor();
  // The focus did not fall back to the top of the page.
  await page.locator('[tabindex="-1"]:focus', { hasText: reason }).waitFor();

  await press(page, 'Escape');
  await heading(page, 'Alerts').waitFor();
  assert.match(page.url(), /q=inbox/, 'the way back leads to another queue');
  await current(page);
}

// takeBack closes an alert in the queue, and opens it again by one key.
export async function takeBack(visit) {
  const { page } = visit;
  const id = await queue(page, 'Tor');
  await press(page, 'e');
  await page.getByRole('dialog', { name: `Close ${id}` }).waitFor();
  await press(page, 'b');
  await page.locator('textarea:focus').waitFor();
  await press(page, 'Enter');
  await row(page, id).getByText('Closed, benign').waitFor();
  await page.getByRole('alert').getByText(`${id} closed.`).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.notEqual(await current(page), id, 'the cursor stays on what is done');
  await press(page, 'z');
  await row(page, id).getByText('New', { exact: true }).waitFor();
}

// several acknowledges two alerts by one key.
export async function several(visit) {
  const { page } = visit;
  const first = await queue(page, 'Tor');
  await press(page, 'x', 'j');
  await page.waitForFunction((id) => document.activeElement?.getAttribute('data-alert') !== id, first);
  const second = await current(page);
  await press(page, 'x');
  await page.getByRole('status').getByText('2 alerts selected').waitFor();
  await visit.accessible('alerts selected');
  await press(page, 'a');
  for (const id of [first, second]) await row(page, id).getByText('Acknowledged', { exact: true }).waitFor();
  await page.getByRole('status').getByText('2 alerts selected').waitFor({ state: 'detached' });
  assert.equal(await current(page), second);
}

// conflict lets somebody else decide while the dialog is open.
export async function conflict(visit) {
  const { page } = visit;
  const id = await queue(page, 'Tor');
  await press(page, 'e');
  await page.getByRole('dialog', { name: `Close ${id}` }).waitFor();
  await somebodyElse(page, { ids: [id], action: 'close', disposition: 'benign', comment: 'Our own exit node' });
  visit.refuses(409, '/api/v1/alerts/change');
  await press(page, 'f');
  await page.locator('textarea:focus').waitFor();
  await press(page, 'Enter');
  await page.getByRole('alert').getByText('Nothing was done: somebody else changed it since you looked').waitFor();
  await row(page, id).getByText('Closed, benign').waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await visit.accessible('a conflict');
  assert.equal(await current(page), id);
  visit.closed = id;
}

// stays works in the queue while something comes in.
export async function stays(visit) {
  const { page } = visit;
  const id = await queue(page, 'Tor');
  await press(page, 'r');
  await row(page, visit.closed).waitFor({ state: 'detached' });
  await current(page);
  const before = await row(page, id).boundingBox();
  await somebodyElse(page, { ids: [visit.closed], action: 'reopen' });
  await page.getByRole('button', { name: /^\d+ new alerts?: show/ }).waitFor(); // the demo goes on
  assert.equal(await current(page), id);
  assert.deepEqual(await row(page, id).boundingBox(), before, 'the row moved under the cursor');
  assert.equal(await row(page, visit.closed).count(), 0);
  await press(page, 'r');
  await row(page, visit.closed).waitFor();
  assert.equal(await current(page), id);
}

// another goes back to a question whose answer lacks the row under the cursor.
export async function another(visit) {
  const { page } = visit;
  const payroll = await queue(page, 'Payroll');
  const id = await queue(page);
  await page.goBack();
  await row(page, id).waitFor({ state: 'detached' });
  assert.equal(await current(page), payroll, 'the keyboard is nowhere');
}

// scrolled leaves the cursor behind, takes another row, and comes back.
export async function scrolled(visit) {
  const { page } = visit;
  const first = await queue(page);
  const to = (end) =>
    page.getByRole('region', { name: 'Alerts', exact: true }).evaluate((list, end) => {
      list.scrollTop = end ? list.scrollHeight : 0;
    }, end);
  await to(true);
  await row(page, first).waitFor({ state: 'detached' });
  const other = await rows(page).last().getAttribute('data-alert');
  await row(page, other).getByRole('button').first().click();
  await page.locator(`tr[data-alert="${other}"][data-current]`).waitFor();
  await to(false);
  await row(page, first).waitFor();
  assert.equal(await row(page, first).getAttribute('data-current'), null, 'the cursor went back by itself');
  await page.getByRole('status').getByText('1 alert selected').waitFor();
  await press(page, 'Escape');
}

// filters hold after a reload, for they stand in the address.
export async function filters(visit) {
  const { page } = visit;
  await page.goto('/alerts?status=closed&severity=critical&severity=high');
  await row(page, visit.alert).getByText('Closed, true').waitFor();
  for (const shown of await rows(page).all()) assert.equal(await shown.getAttribute('data-status'), 'closed');
  await page.goto('/alerts?q=nothing-is-called-so');
  await heading(page, 'No alert fits').waitFor();
  await visit.accessible('a queue without alerts');
  const clear = page.getByRole('button', { name: 'Clear the filters', exact: true });
  await reach(page, clear);
  await press(page, 'Enter');
  await rows(page).first().waitFor();
  assert.doesNotMatch(page.url(), /q=/);
}
