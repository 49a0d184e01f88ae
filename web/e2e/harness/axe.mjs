import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// Colours do not depend on anything but the theme and what is shown, and all
// else does not depend on the theme: so the dark theme is asked about colours only.
const rules = {
  light: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] },
  dark: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
};
const widths = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];

// faults are what axe finds wrong with what is on the screen, in light and
// dark, wide and narrow. It leaves the screen as it was.
export async function faults(page, name) {
  const found = [];
  const before = page.viewportSize();
  for (const viewport of widths) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor({ state: 'attached' });
      await settled(page);
      found.push(...(await violations(page, rules[colorScheme], `${name}, ${colorScheme}, ${viewport.width} px`)));
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
  await settled(page);
  return found;
}

// settled waits until what is shown is fresh, and nothing moves or fades any
// more; what turns for ever is let be.
export async function settled(page) {
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((a) => Number.isFinite(a.effect?.getComputedTiming().endTime));
    await Promise.allSettled(ending.map((a) => a.finished));
  });
  // A menu that closes loses its items before it goes itself.
  await page.waitForFunction(() =>
    [...document.querySelectorAll('[role=menu]')].every((m) => m.querySelector('[role^=menuitem]')),
  );
}

async function violations(page, runOnly, where) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  const results = await page.evaluate(
    (runOnly) => window.axe.run(document, { runOnly, resultTypes: ['violations'], preload: false }),
    runOnly,
  );
  return results.violations.flatMap((v) =>
    v.nodes.map((n) => `${where}: ${v.id}: ${n.target.join(' ')}\n  ${n.html.slice(0, 200)}\n  ${n.failureSummary}`),
  );
}
