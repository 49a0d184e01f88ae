import assert from 'node:assert/strict';
import { choosePassword, enrol } from '../harness/account.mjs';
import { Visit } from '../harness/browser.mjs';
import { button, field, heading, link, secretField } from '../harness/controls.mjs';
import { secret } from './own.mjs';
import { admin } from './setup.mjs';

const second = 'Bea';
const waits = 'This waits for a second person';

// what is an approval on the screen, by what it is about.
const what = (page, summary) => page.getByRole('region', { name: summary });

// earlier is what is over, by what became of it.
const earlier = (page, outcome) =>
  page.getByRole('list', { name: 'Earlier ones' }).getByRole('listitem').filter({ hasText: outcome });

async function approvals(page) {
  await page.goto('/settings/approvals');
  await page.getByText('What matters most needs two people', { exact: false }).waitFor();
}

// connect brings the tenant that the stories are about, as a program would.
export async function connect({ page, lab }) {
  const body = {
    ...{ tenant_id: lab.tenant, client_id: lab.client, name: 'contoso' },
    credential: { kind: 'secret', secret },
  };
  const send = async (body) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('/api/v1/connections', { method: 'POST', headers, body: JSON.stringify(body) });
    return [answer.status, await answer.text()];
  };
  const [status, text] = await page.evaluate(send, body);
  assert.equal(status, 201, text);
}

// choose takes one of the actions of the connection.
async function choose({ page, lab }, action) {
  await page.goto(`/connections/${lab.tenant}`);
  await heading(page, 'contoso').waitFor();
  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: action }).click();
}

async function openDisconnect(visit) {
  const { page } = visit;
  await choose(visit, 'Disconnect');
  const dialog = page.getByRole('dialog', { name: 'Disconnect the tenant' });
  await field(dialog, 'Type contoso to go on').fill('contoso');
  await button(dialog, 'Disconnect for good').click();
  return dialog;
}

// alone is what an administrator meets who has nobody to ask.
export async function alone(visit) {
  visit.refuses(409, '/api/v1/connections/');
  const dialog = await openDisconnect(visit);
  await dialog
    .getByRole('alert')
    .getByText(/^This needs a second person, and nobody else has the role for it/)
    .waitFor();
  await dialog.getByText('nightjar person invite NAME --grant admin', { exact: false }).waitFor();
  await visit.accessible('nobody else can approve');
}

// join makes the second administrator on the machine, who comes in.
export async function join(visit) {
  const address = await visit.lab.tell('person', 'invite', second, '--grant', 'admin');
  const bea = await Visit.begin(visit.context.browser(), visit.base);
  visit.bea = bea;
  await bea.page.goto(`${visit.base}/invite${new URL(address).hash}`);
  await bea.page.getByText(`You will sign in as ${second}`).waitFor();
  await choosePassword(bea.page);
  Object.assign(bea, await enrol(bea));
  await heading(bea.page, 'Overview').waitFor();
  assert.equal(await link(bea.page, /approval.* for you/).count(), 0, 'something waits for her already');
}

// ask is the first administrator's part of disconnecting.
export async function ask(visit) {
  const { page } = visit;
  const dialog = await openDisconnect(visit);
  const notice = dialog.getByRole('status').filter({ hasText: waits });
  await notice.getByText('Nothing was done yet', { exact: false }).waitFor();
  await notice.getByText(/before .*\d\d:\d\d/).waitFor();
  await visit.accessible('disconnecting waits');
  assert.equal(await button(dialog, 'Disconnect for good').count(), 0, 'it can be asked for twice');
  await link(notice, 'Follow it under Approvals').click();

  const own = what(page, /^Disconnect contoso/);
  await own.getByText('You asked for this. Somebody else decides.').waitFor();
  assert.equal(await own.getByRole('button', { name: /^Approve/ }).count(), 0, 'who asked is offered to approve');
  assert.equal(await page.getByRole('dialog').count(), 0, 'the dialog lies over the approvals');
  await visit.accessible('one’s own approval');
  visit.refuses(403, '/api/v1/approvals/');
  const approve = async () => {
    const [a] = (await (await fetch('/api/v1/approvals')).json()).items;
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ sha256: a.sha256 });
    return (await fetch(`/api/v1/approvals/${a.id}/approve`, { method: 'POST', headers, body })).status;
  };
  assert.equal(await page.evaluate(approve), 403);
}

// badge follows the navigation to what waits.
async function badge({ page }) {
  await page.goto('/');
  await page.getByRole('link', { name: '1 approval waits for you' }).click();
  await heading(page, 'Settings').waitFor();
  const current = page.locator('.mantine-AppShell-navbar [aria-current=page]');
  assert.deepEqual(
    (await current.allTextContents()).map((s) => s.trim()),
    ['Settings'],
  );
}

// refuse says no, and the first administrator reads why.
export async function refuse(visit) {
  const { page, bea } = visit;
  await badge(bea);
  const theirs = what(bea.page, /^Disconnect contoso/);
  await theirs.getByText(`Asked for by ${admin}`, { exact: false }).waitFor();
  await bea.accessible('an approval to decide');
  assert.ok(await theirs.getByRole('button', { name: /^Refuse/ }).isDisabled(), 'no reason is needed');
  await field(theirs, 'Why not').fill('We still need its logs until Friday');
  await theirs.getByRole('button', { name: /^Refuse/ }).click();
  await heading(bea.page, 'Nothing waits for a second person').waitFor();
  bea.blameless();

  await approvals(page);
  await earlier(page, `Refused by ${second}`).getByText('Reason: We still need its logs until Friday').waitFor();
  await visit.accessible('decided approvals');
}

// withdraw takes back what was asked for.
export async function withdraw(visit) {
  const { page, bea } = visit;
  const dialog = await openDisconnect(visit);
  await dialog.getByText(waits).waitFor();
  await approvals(page);
  await visit.accessible('approvals, open and decided');
  await what(page, /^Disconnect contoso/)
    .getByRole('button', { name: /^Withdraw/ })
    .click();
  await heading(page, 'Nothing waits for a second person').waitFor();
  await earlier(page, 'Withdrawn').waitFor();
  await bea.page.goto('/');
  await heading(bea.page, 'Overview').waitFor();
  await approvals(bea.page);
  await heading(bea.page, 'Nothing waits for a second person').waitFor();
}

async function enterCredential(visit) {
  const { page } = visit;
  await choose(visit, 'Replace credential');
  const dialog = page.getByRole('dialog', { name: 'Replace the credential' });
  await dialog.getByRole('combobox', { name: 'Credential' }).selectOption({ label: 'Client secret' });
  await secretField(dialog, 'Secret value').fill(secret);
  await button(dialog, 'Replace').click();
  return dialog;
}

// approve is what the second person does with a pointer.
async function approve(bea, summary) {
  await badge(bea);
  await what(bea.page, summary)
    .getByRole('button', { name: /^Approve/ })
    .click();
}

// credential is asked for, granted, and given again by who has it.
export async function credential(visit) {
  const { page, bea } = visit;
  const dialog = await enterCredential(visit);
  await dialog.getByText(waits).waitFor();
  await dialog.getByText('do the same again here', { exact: false }).waitFor();
  await visit.accessible('replacing a credential waits');

  await approve(bea, /credential/);
  await bea.page.getByText(`${second} approved it. Who asked does it now.`).waitFor();
  const shown = await bea.page.evaluate(async () => (await fetch('/api/v1/approvals?state=all')).text());
  assert.ok(!shown.includes(secret), 'the secret is shown to the second person');

  await page.goto('/');
  await page.getByRole('link', { name: '1 approval is granted to you' }).click();
  const own = what(page, /credential/);
  await own.getByText(`${second} approved it. Now do the same again`, { exact: false }).waitFor();
  await visit.accessible('a granted approval');
  await link(own, 'Go there').click();
  await heading(page, 'contoso').waitFor();
  await (await enterCredential(visit)).waitFor({ state: 'detached' });
  await approvals(page);
  await earlier(page, 'and done').filter({ hasText: 'credential' }).waitFor();
}

// administrator is an invitation that shows its link to who asked alone.
export async function administrator(visit) {
  const { page, bea } = visit;
  await page.goto('/settings/people');
  const invite = async () => {
    await button(page, 'Invite a person').click();
    const form = page.getByRole('dialog', { name: 'Invite a person' });
    await field(form, 'Name').fill('Cleo');
    await form.getByRole('combobox', { name: 'Role' }).selectOption({ label: 'Administrator' });
    await button(form, 'Add a role').click();
    await button(form, 'Invite a person').click();
    return form;
  };
  const form = await invite();
  await form.getByText(waits).waitFor();
  await visit.accessible('making an administrator waits');
  await approve(bea, /Cleo/);
  await bea.page.getByText(`${second} approved it. Who asked does it now.`).waitFor();

  await page.reload();
  await invite();
  const handOver = page.getByRole('dialog', { name: 'Hand over this link' });
  await button(handOver, 'Copy the link').click();
  assert.match(await visit.clipboard(), /\/invite#/);
  await handOver.getByText('Close', { exact: true }).click();
  await page.getByRole('row', { name: /Cleo/ }).getByText('Invited').waitFor();
}

// failure shows what stays granted because it failed. A disk that is full
// stands behind it as seldom as a stale session, so that the answer is made up.
export async function failure(visit) {
  const { bea } = visit;
  const dialog = await openDisconnect(visit);
  await dialog.getByText(waits).waitFor();
  for (const { page } of [visit, bea]) {
    await page.route('**/api/v1/approvals?state=all', async (route) => {
      const answer = await (await route.fetch()).json();
      Object.assign(answer.items[0], { state: 'granted', decided_by: second, reason: 'the disk is full' });
      await route.fulfill({ json: answer });
    });
    await approvals(page);
    await what(page, /^Disconnect contoso/)
      .getByText('It failed: the disk is full', { exact: false })
      .waitFor();
  }
  await visit.accessible('why it failed');
  for (const { page } of [visit, bea]) await page.unroute('**/api/v1/approvals?state=all');
}

// tabTo presses the Tab key until what has the focus has the name.
async function tabTo(page, name) {
  for (let i = 0; i < 80; i++) {
    const e = page.locator(':focus');
    if ((await e.count()) > 0 && name.test((await e.getAttribute('aria-label')) ?? (await e.innerText()))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the Tab key does not lead to ${name}`);
}

// approveByKeyboard reads what happens, proves anew who she is, and does it.
export async function approveByKeyboard(visit) {
  const { page, bea } = visit;
  const other = bea.page;
  await page.goto(`/connections/${visit.lab.tenant}`);
  await heading(page, 'contoso').waitFor();

  visit.refuses(404, `/api/v1/connections/${visit.lab.tenant}`); // the page asks for it again and again
  bea.refuses(403, '/approve');
  const stale = { error: { code: 'step_up', message: 'this needs a fresh proof', hint: '', request_id: 'none' } };
  await other.route('**/approve', (route) => route.fulfill({ status: 403, json: stale }), { times: 1 });
  await other.goto('/');
  await heading(other, 'Overview').waitFor();
  await tabTo(other, /^1 approval waits for you$/);
  await other.keyboard.press('Enter');
  await what(other, /^Disconnect contoso/).waitFor();
  await tabTo(other, /^What exactly$/);
  await other.keyboard.press('Enter');
  await other.getByText('"removeConnection"', { exact: false }).waitFor();
  await other.getByText(visit.lab.tenant, { exact: false }).first().waitFor();
  await bea.accessible('what exactly');
  await tabTo(other, /^Approve: Disconnect contoso/);
  await other.keyboard.press('Enter');
  await other.getByRole('dialog', { name: 'Confirm that it is you' }).waitFor();
  await other.locator('input:focus').waitFor();
  await other.keyboard.type(await bea.authenticator.code());
  await other.keyboard.press('Enter');
  await heading(other, 'Nothing waits for a second person').waitFor();
  await earlier(other, `Approved by ${second} and done`).filter({ hasText: 'Disconnect contoso' }).waitFor();
  await bea.accessible('approved');
  bea.blameless();

  await heading(page, 'This tenant is not connected any more').waitFor({ timeout: 25_000 });
  await visit.accessible('disconnected by somebody else');
  await link(page, 'Connections').first().click();
  await heading(page, 'No tenant is connected yet').waitFor();
  await bea.end();
}
