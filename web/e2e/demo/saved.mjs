import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { button, heading, to } from '../harness/controls.mjs';
import { first } from './search.mjs';

const menu = (page, name) => page.getByRole('menuitem', { name, exact: true });

// keepSearch saves a search, opens it by the menu and by its link, shares and removes it.
export async function keepSearch(visit) {
  const { page } = visit;
  await to(page, 'Search');
  await page.getByRole('textbox', { name: 'Words' }).fill('UserLoggedIn');
  await page.waitForURL(/q=UserLoggedIn/); // by typing alone
  await first(page);
  await button(page, 'Saved').click();
  await menu(page, 'Save this…').click();
  const dialog = page.getByRole('dialog', { name: 'Save this search' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Sign-ins of the day');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await visit.accessible('saving a search');
  await button(dialog, 'Save').click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('textbox', { name: 'Words' }).fill('nothing-like-this');
  await page.waitForURL(/q=nothing-like-this/);
  await button(page, 'Saved').click();
  await menu(page, 'Sign-ins of the day').click();
  await page.waitForURL(/q=UserLoggedIn/);
  await first(page);
  await button(page, 'Saved').click();
  await menu(page, 'Manage saved searches…').click();
  const all = page.getByRole('dialog', { name: 'Saved searches' });
  await button(all, 'Share Sign-ins of the day').click();
  await button(all, 'Stop sharing Sign-ins of the day').waitFor();
  await visit.accessible('saved searches');
  const { items } = await (await page.request.get('/api/v1/searches')).json();
  assert.equal(items[0].shared, true);
  await button(all, 'Close').click();
  await page.goto(`${new URL(page.url()).origin}/saved/${items[0].id}`);
  await page.waitForURL(/\/search\?.*q=UserLoggedIn/);
  await button(page, 'Saved').click();
  await menu(page, 'Manage saved searches…').click();
  await button(all, 'Remove Sign-ins of the day').click();
  await all.getByText('Nothing is saved yet').waitFor();
  await button(all, 'Close').click();
  await heading(page, 'Search').waitFor();
}

// download takes a search as a file, which the server sends as a download.
export async function download(visit) {
  const { page } = visit;
  for (const [name, ending] of [
    ['As CSV, for a spreadsheet', /\.csv$/],
    ['As Parquet, for analysis', /\.parquet$/],
  ]) {
    await button(page, 'Export').click();
    const [file] = await Promise.all([page.waitForEvent('download'), menu(page, name).click()]);
    assert.match(file.suggestedFilename(), ending);
    const content = await readFile(await file.path());
    assert.ok(content.length > 1000, `${content.length} bytes`);
    if (name.includes('Parquet')) assert.equal(content.subarray(-4).toString(), 'PAR1');
    // Until it says so the page asks how far the download is.
    await page
      .getByRole('alert')
      .filter({ hasText: file.suggestedFilename() })
      .getByText(/^Downloaded [\d,]+ rows\.$/)
      .waitFor();
  }
}
