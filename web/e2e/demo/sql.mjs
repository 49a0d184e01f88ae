import { button, to } from '../harness/controls.mjs';

export async function sql(visit) {
  const { page } = visit;
  await to(page, 'SQL');
  await page.getByRole('textbox', { name: 'SQL query' }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Backspace');
  // Text that is typed over must not make the browser write styles of its own.
  await page.keyboard.type("SELECT 1 AS n -- 'a'");
  await page.keyboard.press('Control+a');
  await page.keyboard.type('SELECT workload, count(*) AS n FROM management GROUP BY workload');
  await button(page, 'Run').click();
  await page
    .getByRole('table', { name: 'Answer' })
    .getByRole('row', { name: /Exchange/ })
    .waitFor();
  await visit.accessible('SQL');
}
