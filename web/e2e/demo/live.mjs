import { button, heading, to } from '../harness/controls.mjs';

// follow counts what is stored while one looks, and moves the span to it.
export async function follow(visit) {
  const { page } = visit;
  await to(page, 'Search');
  await button(page, 'Live: Follow new events').click();
  const fresh = page.getByRole('button', { name: /^\d+ new events?: show$/ });
  await fresh.waitFor({ timeout: 60_000 });
  await visit.accessible('live');
  await fresh.click();
  await heading(page, 'Search').waitFor();
  await button(page, 'Live: Stop following').click();
}
