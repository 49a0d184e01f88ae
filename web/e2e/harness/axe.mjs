import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const standards = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
const widths = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];

// accessible fails when axe finds anything wrong with what is on the screen,
// in light and dark, wide and narrow. It leaves the screen as it was.
export async function accessible(page, name) {
  const found = [];
  const before = page.viewportSize();
  for (const viewport of widths) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor({ state: 'attached' });
      await settled(page);
      found.push(...(await violations(page, `${name}, ${colorScheme}, ${viewport.width} px`)));
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
  await settled(page);
  if (found.length > 0) throw new Error(`axe finds fault:\n${found.join('\n')}`);
}

// settled waits until nothing moves or fades any more; what turns for ever is
// let be.
async function settled(page) {
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((a) => Number.isFinite(a.effect?.getComputedTiming().endTime));
    await Promise.allSettled(ending.map((a) => a.finished));
  });
}

async function violations(page, where) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  const results = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
    standards,
  );
  return results.violations.flatMap((v) =>
    v.nodes.map((n) => `${where}: ${v.id}: ${n.target.join(' ')}\n  ${n.html.slice(0, 200)}\n  ${n.failureSummary}`),
  );
}
