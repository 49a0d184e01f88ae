import assert from 'node:assert/strict';
import { choosePassword, enrol } from '../harness/account.mjs';
import { Visit } from '../harness/browser.mjs';
import { button, field, heading, link, to } from '../harness/controls.mjs';

// invite makes a viewer, who accepts in a browser of her own.
export async function invite(visit) {
  const { page } = visit;
  await to(page, 'Settings');
  await page.getByRole('main').getByRole('link', { name: 'People', exact: true }).click();
  await button(page, 'Invite a person').click();
  const form = page.getByRole('dialog', { name: 'Invite a person' });
  await field(form, 'Name').fill('Vera');
  // A role that was chosen and not added holds the invitation back.
  await form.getByLabel('Role', { exact: true }).selectOption('admin');
  await button(form, 'Invite a person').click();
  await form.getByRole('status').getByText('Not given yet: Administrator').waitFor();
  assert.equal(await form.locator('form').evaluate((f) => f.checkValidity()), false, 'the form could be sent');
  await visit.accessible('inviting a person');
  await button(form, 'Leave it out').click();
  await button(form, 'Invite a person').click();
  const handOver = page.getByRole('dialog', { name: 'Hand over this link' });
  await button(handOver, 'Copy the link').click();
  const address = await visit.clipboard();
  await handOver.getByText('Close', { exact: true }).click();
  await page.getByRole('row', { name: /Vera/ }).getByText('Invited').waitFor();

  const viewer = await Visit.begin(visit.context.browser(), visit.base);
  visit.viewer = viewer;
  await viewer.page.goto(address);
  await viewer.page.getByText('You will sign in as Vera').waitFor();
  await choosePassword(viewer.page);
  await enrol(viewer);
  await heading(viewer.page, 'Overview').waitFor();
}

// mayOnlyLook finds nothing to manage, and that the interface refuses what the
// page does not offer.
export async function mayOnlyLook(visit) {
  const { viewer, lab } = visit;
  const { page } = viewer;
  await to(page, 'Connections');
  await link(page, 'contoso').click();
  await heading(page, 'contoso').waitFor();
  await page.getByRole('row', { name: /Entra ID/ }).waitFor();
  for (const name of ['Test connection', 'Collect now', 'Pause', 'More actions']) {
    assert.equal(await button(page, name).count(), 0, `${name} is offered`);
  }
  await to(page, 'Connections');
  assert.equal(await link(page, 'Connect a tenant').count(), 0);
  await to(page, 'Settings');
  for (const name of ['People', 'Audit log', 'Data']) {
    assert.equal(
      await page.getByRole('main').getByRole('link', { name, exact: true }).count(),
      0,
      `${name} is offered`,
    );
  }
  viewer.refuses(403, '/api/v1/');
  for (const [method, path] of [
    ['GET', '/api/v1/people'],
    ['GET', '/api/v1/audit'],
    ['POST', `/api/v1/connections/${lab.tenant}/pause`],
    ['DELETE', `/api/v1/connections/${lab.tenant}`],
  ]) {
    const ask = async ([method, path]) => (await fetch(path, { method })).status;
    assert.equal(await page.evaluate(ask, [method, path]), 403, `${method} ${path}`);
  }
  viewer.blameless();
}
