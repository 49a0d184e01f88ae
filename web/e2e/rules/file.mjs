import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { button, to } from '../harness/controls.mjs';

// changesFile takes what was changed here out as a file, imports another one
// after a look at what it does, and the first again.
export async function changesFile(visit) {
  const { page } = visit;
  await to(page, 'Rules');
  const begun = page.waitForEvent('download');
  await button(page, 'Download').click();
  const kept = await readFile(await (await begun).path(), 'utf8');
  assert.match(kept, /what: parameter[\s\S]*name: trusted[\s\S]*our partner/);

  const choose = (name, text) =>
    page
      .getByLabel('Import a file')
      .and(page.locator('input'))
      .setInputFiles({ name, mimeType: 'application/yaml', buffer: Buffer.from(text) });
  await choose('wrong.yml', 'changes:\n  - {kind: mode}\n');
  visit.refuses(400, '/api/v1/rule-changes');
  await page.getByText(/line 2: field kind not found/).waitFor();

  await choose(
    'other.yml',
    'changes:\n  - {what: mode, pack: exchange, value: dry_run, reason: a look}\nexceptions: []\n',
  );
  const dialog = page.getByRole('dialog', { name: 'What other.yml would change' });
  const rows = dialog.getByRole('table', { name: 'What would be changed' });
  await rows
    .getByRole('row', { name: /Taken back.*Parameter trusted.*contoso.*partner\.example.*as the rule says/ })
    .waitFor();
  await rows.getByRole('row', { name: /New.*Mode.*exchange.*All tenants.*dry_run/ }).waitFor();
  await visit.accessible('what an import would change');
  await button(dialog, 'Import').click();
  await page.getByText(/things were changed\.$/).waitFor();

  await choose('rule-changes.yml', kept);
  const back = page.getByRole('dialog', { name: 'What rule-changes.yml would change' });
  await back.getByRole('row', { name: /Taken back.*Mode.*exchange/ }).waitFor();
  await button(back, 'Import').click();
  await back.waitFor({ state: 'detached' });
  await choose('rule-changes.yml', kept);
  await back.getByText('Nothing would be changed: all of it is in force.').waitFor();
  assert.ok(await button(back, 'Import').isDisabled());
  await button(back, 'Cancel').click();
  await back.waitFor({ state: 'detached' });
  await page.goto(visit.rule); // where the next story goes on
}
