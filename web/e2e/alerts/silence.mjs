import assert from 'node:assert/strict';
import { heading } from '../harness/controls.mjs';
import { press, queue, reach, row } from './keyboard.mjs';

// addAndEnd silences what is like an alert, looks at what that costs, and ends it.
export async function addAndEnd(visit) {
  const { page } = visit;
  const id = await queue(page, 'Tor');
  await press(page, 's');
  const form = page.getByRole('dialog', { name: 'Add a silence' });
  await form.getByText(/^[1-9]\d* of \d+ alerts of the last 30 days\.$/).waitFor();
  await visit.accessible('adding a silence');
  await reach(page, form.getByRole('textbox', { name: /^Why/ }));
  await page.keyboard.type('The security team tests Tor');
  await press(page, 'Enter');
  await form.waitFor({ state: 'detached' });
  const silence = page.getByRole('row', { name: /The security team tests Tor/ });
  await silence.getByText('Active').waitFor();
  await visit.accessible('silences');

  await queue(page, 'Tor');
  await row(page, id).getByText('silenced').waitFor();
  await page.goto('/silences');
  await heading(page, 'Silences').waitFor();
  await reach(page, silence.getByRole('button', { name: /^End the silence of/ }));
  await press(page, 'Enter');
  await silence.waitFor({ state: 'detached' });
}

// explained silences alerts only while an alert of another rule is open about the
// same user, and ends it.
export async function explained(visit) {
  const { page } = visit;
  const { alert, source } = await explanation(page);
  await page.goto(`/silences?like=${alert.id}`);
  const form = page.getByRole('dialog', { name: 'Add a silence' });
  await reach(page, form.getByRole('checkbox', { name: /^Only while an alert of another rule is open/ }));
  await press(page, 'Space');
  await form.getByText('Choose the rule whose open alerts explain these.').waitFor();
  const rule = form.getByRole('combobox', { name: /^Rule of the alert that explains them/ });
  await reach(page, rule);
  await rule.selectOption(source.rule);
  const previewed = page.waitForResponse((r) => {
    const asked = r.url().endsWith('/api/v1/silences/preview') && r.request().postDataJSON();
    return asked && asked.sources?.[0]?.values[0] === source.rule && asked.shared[0] === 'user';
  });
  await reach(page, form.getByRole('checkbox', { name: 'User', exact: true }));
  await press(page, 'Space');
  const { hidden, alerts, days } = await (await previewed).json();
  assert.ok(hidden > 0, `${source.id} does not explain ${alert.id}`);
  const count = (n) => n.toLocaleString('en');
  await form.getByText(`${count(hidden)} of ${count(alerts)} alerts of the last ${days} days.`).waitFor();
  await visit.accessible('adding an inhibition');
  await reach(page, form.getByRole('textbox', { name: /^Why/ }));
  await page.keyboard.type('The other alert explains it');
  await press(page, 'Enter');
  await form.waitFor({ state: 'detached' });
  const row = page.getByRole('row', { name: /The other alert explains it/ });
  await row.getByText('Active').waitFor();
  await row.getByText(`while open about the same user: Rule: ${source.rule}`).waitFor();
  await visit.accessible('inhibitions');
  await reach(page, row.getByRole('button', { name: /^End the silence of/ }));
  await press(page, 'Enter');
  await row.waitFor({ state: 'detached' });
}

// explanation is an alert with one of another rule that was opened no later about
// the same user, and is open.
async function explanation(page) {
  const open = await page.evaluate(async () => {
    const answer = await fetch('/api/v1/alerts?status=new&status=acknowledged&limit=1000');
    return (await answer.json()).items;
  });
  const user = (a) => a.entities.find((e) => e.kind === 'user')?.value;
  for (const alert of open) {
    const source = open.find(
      (o) =>
        o.rule !== alert.rule &&
        o.tenant_id === alert.tenant_id &&
        user(alert) &&
        user(o) === user(alert) &&
        Date.parse(o.opened) <= Date.parse(alert.opened),
    );
    if (source) return { alert, source };
  }
  throw new Error('no alert was opened while another of the same user was open');
}
