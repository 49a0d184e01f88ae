import { settled } from './axe.mjs';
import { untabbable } from './focus.mjs';

// The narrowest screen that must do, and the least that a finger hits (WCAG 2.2,
// 2.5.8), in CSS pixels.
const narrow = { width: 360, height: 740 };
const least = 24;

// What moves while a page loads, summed over time; up to a tenth is called good
// (https://web.dev/articles/cls, read 2026-11-22).
const mostShift = 0.1;

// watchShifts sums what moves on each page that is loaded from now on.
async function watchShifts(context) {
  await context.addInitScript(() => {
    window.__shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shifted += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

// unsettled is what is wrong with how a page that was just loaded came up.
async function unsettled(page, name) {
  await settled(page);
  const found = await page.evaluate(() => ({
    shifted: window.__shifted,
    lang: document.documentElement.lang,
    title: document.title,
    description: document.querySelector('meta[name=description]')?.content ?? '',
  }));
  const wrong = [];
  if (found.shifted > mostShift) wrong.push(`${name}: moves by ${found.shifted.toFixed(3)} while it loads`);
  if (found.lang !== 'en') wrong.push(`${name}: its language is “${found.lang}”`);
  if (!/^.+ · Nightjar$/.test(found.title)) wrong.push(`${name}: its title is “${found.title}”`);
  if (!found.description) wrong.push(`${name}: it has no description`);
  if (process.env.DEBUG_E2E) console.log(`${name}: moved by ${found.shifted.toFixed(3)}`);
  return { wrong, title: found.title };
}

// cramped is what does not fit a phone: a page that scrolls sideways, and
// controls that are too small for a finger.
async function cramped(page, name) {
  const before = page.viewportSize();
  await page.setViewportSize(narrow);
  await settled(page);
  const wrong = await page.evaluate((least) => {
    const out = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) {
      const wide = [...document.querySelectorAll('main *')].filter((e) => {
        const r = e.getBoundingClientRect();
        return r.right > root.clientWidth + 1 && !e.closest('table, pre, .nj-code, .nj-list, [class*=ScrollArea]');
      });
      out.push(`scrolls sideways to ${root.scrollWidth} px; too wide is ${wide[0]?.outerHTML.slice(0, 160)}`);
    }
    for (const e of document.querySelectorAll('a, button, select, input, [role=tab], [role=menuitem]')) {
      if (e.matches('.nj-skip') || !e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const inText = getComputedStyle(e).display === 'inline';
      const marked = e.matches('[type=checkbox], [type=radio]') && e.labels?.length;
      const { width, height } = e.getBoundingClientRect();
      if (inText || marked || width <= 1 || (width >= least - 0.5 && height >= least - 0.5)) continue;
      out.push(`${Math.round(width)}×${Math.round(height)} px are too small: ${e.outerHTML.slice(0, 120)}`);
    }
    return out;
  }, least);
  await page.setViewportSize(before);
  return [...new Set(wrong)].map((w) => `${name}: ${w}`);
}

// checkScreens loads screens by their addresses and returns what spoils them for
// whoever has no pointer, a small screen, or a slow connection.
export async function checkScreens(visit, paths) {
  const { page } = visit;
  await watchShifts(visit.context);
  const wrong = [];
  const titles = new Map();
  for (const path of paths) {
    await page.goto(path);
    await page.getByRole('main').waitFor();
    await page.getByText('Loading…').first().waitFor({ state: 'detached' });
    const loaded = await unsettled(page, path);
    wrong.push(...loaded.wrong, ...(await untabbable(page, path)), ...(await cramped(page, path)));
    const twin = titles.get(loaded.title);
    if (twin && !path.startsWith('/settings')) wrong.push(`${path}: has the title of ${twin}`);
    titles.set(loaded.title, path);
  }
  return wrong;
}
