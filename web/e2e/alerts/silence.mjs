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
