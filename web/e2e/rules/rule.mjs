import assert from 'node:assert/strict';
import { choosePassword, enrol } from '../harness/account.mjs';
import { Visit } from '../harness/browser.mjs';
import { button, field, heading, link, tab, to } from '../harness/controls.mjs';
import { checkScreens } from '../harness/layout.mjs';

const title = 'Inbox rule sends mail to an outside address';
const pack = (page) => page.getByRole('link', { name: /^\d+ rules of exchange$/ });

// find narrows the rules by words and by mode.
export async function find(visit) {
  const { page } = visit;
  await to(page, 'Rules');
  await pack(page).waitFor();
  await visit.accessible('packs of rules');
  await pack(page).click();
  await link(page, title).waitFor();
  await visit.accessible('rules');
  await field(page, 'Find a rule').fill('inbox outside');
  await page.getByText(/^1 of \d+ rules$/).waitFor();
  assert.match(page.url(), /[?&]q=inbox/);
  const row = page.getByRole('row', { name: new RegExp(title) });
  await row.getByText('2', { exact: true }).first().waitFor(); // both people, in 24 hours
  await field(page, 'Find a rule').fill('nothing has this name');
  await heading(page, 'No rule fits').waitFor();
  await visit.accessible('no rule');
  await link(page, 'Clear the filters').click();
  await pack(page).click();
  await link(page, title).click();
  await heading(page, title).waitFor();
  visit.rule = new URL(page.url()).pathname;
}

// asks reads the rule and runs its tests.
export async function asks(visit) {
  const { page } = visit;
  for (const name of ['What to do', 'Fields, and where records have them', 'As it is written']) {
    await page.getByRole('region', { name, exact: true }).first().waitFor();
  }
  await page.getByText(/^title: Inbox rule sends mail/).waitFor();
  await visit.accessible('a rule');
  await tab(page, 'What it found').click();
  const found = page.getByRole('table', { name: 'What it found' });
  await found
    .getByText(/anna@contoso\.com/)
    .first()
    .waitFor();
  await visit.accessible('what a rule found');
  await tab(page, 'Tests').click();
  await button(page, 'Run the tests').click();
  await page.getByText(/^All \d+ tests passed\.$/).waitFor();
  await visit.accessible('tests of a rule');
}

export async function dryRun(visit) {
  const { page } = visit;
  const panel = page.getByRole('region', { name: 'Mode', exact: true });
  await panel.getByRole('combobox', { name: 'Mode' }).selectOption({ label: 'Dry run' });
  await field(panel, 'Reason').fill('to see how often it speaks');
  await button(panel, 'Switch').click();
  await panel.getByText('What it finds is kept and alerts nobody.').waitFor();
  await visit.accessible('a rule that runs dry');
  await page.goto('/rules?mode=dry_run');
  await page.getByText(/^1 of \d+ rules$/).waitFor();
  const row = page.getByRole('row', { name: new RegExp(title) });
  await row.getByText('Dry run').waitFor();
  await row.getByText('changed here').waitFor();
}

// parameter trusts the stranger, in one tenant.
export async function parameter(visit) {
  const { page } = visit;
  await page.goto(`${visit.rule}?tab=tuning`);
  const table = page.getByRole('table', { name: 'Parameters' });
  await table.getByText('@trusted.invalid').first().waitFor();
  await button(page, 'Change trusted').click();
  const dialog = page.getByRole('dialog', { name: 'Change trusted' });
  await field(dialog, 'Value').fill('@trusted.invalid\n@partner.example');
  await dialog.getByRole('combobox', { name: 'For' }).selectOption({ label: 'contoso' });
  await field(dialog, 'Reason').fill('our partner');
  await visit.accessible('changing a parameter');
  await button(dialog, 'Change').click();
  await dialog.waitFor({ state: 'detached' });
  await table.getByText('contoso: @trusted.invalid, @partner.example').waitFor();
  const changes = page.getByRole('table', { name: 'What was changed here' });
  await changes.getByRole('row', { name: /trusted.*contoso.*our partner.*Ada/ }).waitFor();
  await visit.accessible('parameters');
}

export async function exception(visit) {
  const { page } = visit;
  await tab(page, 'Exceptions').click();
  await heading(page, 'No exceptions').waitFor();
  await button(page, 'Add an exception').click();
  const dialog = page.getByRole('dialog', { name: 'Add an exception' });
  await dialog.getByLabel(/^Field/).fill('UserId');
  await field(dialog, 'Value').fill('anna@contoso.com');
  await field(dialog, 'Reason').fill('Anna moves to our partner');
  await dialog.getByRole('combobox', { name: 'Ends' }).selectOption({ label: 'in 30 days' });
  await visit.accessible('adding an exception');
  await button(dialog, 'Add an exception').click();
  await dialog.waitFor({ state: 'detached' });
  const row = page.getByRole('row', { name: /UserId is anna@contoso\.com/ });
  await row.getByText('In force').waitFor();
  await row.getByText('Ada').waitFor();
  await visit.accessible('exceptions');
}

// backtest finds one of the two: the other is excepted. Without the exception
// it finds both.
export async function backtest(visit) {
  const { page } = visit;
  const run = async () => {
    await tab(page, 'Backtest').click();
    await page.getByRole('combobox', { name: 'Of the last' }).selectOption({ label: 'Everything that is stored' });
    const begun = page.waitForResponse((r) => r.url().endsWith('/backtest') && r.status() === 202);
    await button(page, 'Run the backtest').click();
    await begun;
    await heading(page, 'Done').waitFor({ timeout: 60_000 });
  };
  const samples = page.getByRole('table', { name: 'Samples' });
  await run();
  await page.getByText('It would have found 1, which makes about 1 alert.').waitFor();
  await samples.getByText(/bert@contoso\.com/).waitFor();
  await visit.accessible('a backtest');
  await page.reload();
  await samples.getByText(/bert@contoso\.com/).waitFor();

  await tab(page, 'Exceptions').click();
  await button(page, 'End the exception of UserId is anna@contoso.com').click();
  await page.getByText('In force').waitFor({ state: 'detached' });
  await run();
  await page.getByText('It would have found 2, which makes about 2 alerts.').waitFor();
}

export async function everyScreen(visit) {
  const tabs = ['tuning', 'exceptions', 'tests', 'backtest', 'found'].map((t) => `${visit.rule}?tab=${t}`);
  for (const paths of [
    ['/rules', visit.rule, '/notifications'],
    ...tabs.map((t) => [t]),
    ['/notifications?tab=routes'],
    ['/notifications?tab=deliveries'],
  ]) {
    const wrong = await checkScreens(visit, paths);
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  }
}

// mayOnlyLook signs in somebody who is offered nothing to change, and whom the
// interface refuses.
export async function mayOnlyLook(visit) {
  const said = await visit.lab.tell('person', 'invite', 'Vera', '--grant', 'viewer');
  const viewer = await Visit.begin(visit.context.browser(), visit.base);
  const { page } = viewer;
  await page.goto(`/invite#${/invite#(\S+)/.exec(said)[1]}`);
  await choosePassword(page);
  await enrol(viewer);
  await heading(page, 'Overview').waitFor();
  assert.equal(await link(page, 'Notifications').count(), 0, 'notifications are offered');
  await to(page, 'Rules');
  await pack(page).click();
  await link(page, title).waitFor();
  assert.equal(await page.getByRole('combobox', { name: /^Mode of the pack/ }).count(), 0, 'packs can be switched');
  await page.goto(`${visit.rule}?tab=tuning`);
  await page.getByText('You may look at rules and not change them.').waitFor();
  for (const name of ['Switch', 'Change trusted']) {
    assert.equal(await button(page, name).count(), 0, `${name} is offered`);
  }
  await tab(page, 'Exceptions').click();
  await page.getByRole('tabpanel').waitFor();
  assert.equal(await button(page, 'Add an exception').count(), 0);
  await page.goto('/notifications');
  await heading(page, 'You may not see this').waitFor();
  viewer.refuses(403, '/api/v1/');
  const id = decodeURIComponent(visit.rule.split('/').at(-1));
  for (const [method, path, body] of [
    ['POST', `/api/v1/rules/${id}/mode`, { mode: 'off' }],
    ['PUT', `/api/v1/rules/${id}/parameters`, { values: { trusted: [] } }],
    ['GET', '/api/v1/channels'],
  ]) {
    const status = await page.evaluate(
      async ([method, path, body]) =>
        (
          await fetch(path, {
            method,
            ...(body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {}),
          })
        ).status,
      [method, path, body],
    );
    assert.equal(status, 403, `${method} ${path}`);
  }
  viewer.blameless();
  await viewer.end();
}
