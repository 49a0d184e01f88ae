import assert from 'node:assert/strict';
import { settled } from '../harness/axe.mjs';
import { field, heading } from '../harness/controls.mjs';

// What a person does who has a keyboard and nothing else: there is no pointer in
// these stories.

export async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

// reach goes to a control with the Tab key.
export async function reach(page, control) {
  await control.waitFor();
  for (let i = 0; i < 120; i++) {
    if (await control.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('120 stops do not lead there');
}

// queue goes to the first alert of the queue or, when words are given, of those
// that have them.
export async function queue(page, words) {
  const narrowed = page.getByRole('button', { name: 'Clear the filters', exact: true });
  await press(page, 'g', 'a');
  await heading(page, 'Alerts').waitFor();
  await narrowed.waitFor({ state: 'detached' });
  await rows(page).first().waitFor();
  if (words) {
    await press(page, '/');
    const search = field(page, 'Words');
    assert.ok(await search.evaluate((e) => e === document.activeElement), '/ does not lead to the words');
    await page.keyboard.type(words);
    await press(page, 'Enter');
    await narrowed.waitFor();
    await settled(page);
    await press(page, 'Escape');
  }
  await press(page, 'j');
  // The cursor stays with an alert that the list before had too.
  let id = await current(page);
  const first = await rows(page).first().getAttribute('data-alert');
  while (id !== first) {
    await press(page, 'k');
    await page.waitForFunction((id) => document.activeElement?.getAttribute('data-alert') !== id, id);
    id = await current(page);
  }
  return id;
}

export const rows = (page) => page.locator('tr[data-alert]');
export const row = (page, id) => page.locator(`tr[data-alert="${id}"]`);

// current is the id of the alert under the cursor, which has the focus.
export async function current(page) {
  const row = page.locator('tr[data-alert][data-current]:focus');
  await row.waitFor();
  return row.getAttribute('data-alert');
}

// somebodyElse changes alerts from elsewhere, as a program would.
export async function somebodyElse(page, change) {
  const status = await page.evaluate(async (change) => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch('/api/v1/alerts/change', { method: 'POST', headers, body: JSON.stringify(change) });
    return answer.status;
  }, change);
  assert.equal(status, 200, JSON.stringify(change));
}
