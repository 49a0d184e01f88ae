import assert from 'node:assert/strict';
import { button, field, heading } from '../harness/controls.mjs';
import { first } from './search.mjs';

// reach goes to a control with the Tab key.
async function reach(page, control) {
  for (let i = 0; i < 30; i++) {
    if (await control.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('30 stops do not lead there');
}

// byKeyboard finds an event without a pointer.
export async function byKeyboard(visit) {
  const { page } = visit;
  await page.goto('/');
  await heading(page, 'Overview').waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await visit.accessible('keyboard help');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'detached' });

  await page.keyboard.press('Control+k');
  const palette = page.getByRole('textbox', { name: 'Where to, or what to do' });
  await palette.fill('search');
  await visit.accessible('command palette');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await heading(page, 'Search').waitFor();
  await first(page);

  await page.keyboard.press('/');
  const words = field(page, 'Words');
  assert.ok(await words.evaluate((e) => e === document.activeElement), '/ does not lead to the search field');
  await page.keyboard.type('UserLoggedIn');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=UserLoggedIn/);
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
  await page
    .getByRole('table', { name: 'Events', exact: true })
    .getByRole('row')
    .nth(2)
    .getByText('UserLoggedIn')
    .waitFor();
  await page.keyboard.press('Escape');
  assert.ok(!(await words.evaluate((e) => e === document.activeElement)), 'Esc does not leave the search field');
  for (const key of ['j', 'j', 'k']) await page.keyboard.press(key);
  await page.locator('tr[data-current]:focus').waitFor();
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Event' });
  await drawer.getByRole('region', { name: 'Record as received' }).waitFor();
  const within = () => drawer.evaluate((d) => d.contains(document.activeElement));
  assert.ok(await within(), 'the focus stays behind the drawer');
  await reach(page, button(drawer, 'Copy as…'));
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Record (JSON)', exact: true }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await button(drawer, 'Copied').waitFor();
  assert.equal(JSON.parse(await visit.clipboard()).Operation, 'UserLoggedIn');
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  await page.locator('tr[data-row]:focus').waitFor(); // back to where it was opened
  await page.keyboard.press('ArrowDown');
  await page.locator('tr[data-row]:focus').waitFor();

  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await heading(page, 'Map of sign-ins').waitFor();
}
