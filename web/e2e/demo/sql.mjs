import { button, to } from '../harness/controls.mjs';

export async function sql(visit) {
  const { page } = visit;
  await to(page, 'SQL');
  await page.getByRole('textbox', { name: 'SQL query' }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('SELECT workload, count(*) AS n FROM management GROUP BY workload');
  await button(page, 'Run').click();
  await page
    .getByRole('table', { name: 'Answer' })
    .getByRole('row', { name: /Exchange/ })
    .waitFor();
  await visit.accessible('SQL');
}
