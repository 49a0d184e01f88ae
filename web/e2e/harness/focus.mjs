import { settled } from './axe.mjs';

// A screen with more stops than this is a trap, whatever it leads to.
const most = 250;

// untabbable walks through a screen with the Tab key alone, from the first stop
// back to the browser, and returns what is wrong with it: a stop that cannot be
// seen, looks the same with the focus and without, or has no name; a way that
// does not end; and a skip link that is not the first stop or leads nowhere.
export async function untabbable(page, name) {
  await settled(page);
  await page.evaluate(() => document.activeElement?.blur());
  const wrong = [];
  const seen = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(look);
    if (stop === null) break;
    seen.push(stop.what);
    wrong.push(...stop.wrong.map((w) => `${name}: ${stop.what} ${w}`));
    if (seen.length > most) {
      wrong.push(`${name}: ${most} stops and no end, the last are ${seen.slice(-4).join(', ')}`);
      break;
    }
  }
  if (!/Skip to content/.test(seen[0] ?? '')) wrong.push(`${name}: the first stop is ${seen[0]}`);
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  if (!(await page.evaluate(() => document.activeElement?.id === 'content'))) {
    wrong.push(`${name}: the skip link does not lead to the content`);
  }
  if (process.env.DEBUG_E2E) console.log(`${name}: ${seen.length} stops`);
  return [...new Set(wrong)];
}

// look tells what has the focus; null when it left the page. It runs in the page.
function look() {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const labelled = (e.getAttribute('aria-labelledby') ?? '')
    .split(' ')
    .map((id) => document.getElementById(id)?.textContent ?? '')
    .join(' ');
  const name = [e.getAttribute('aria-label'), labelled, ...[...(e.labels ?? [])].map((l) => l.textContent), e.title]
    .concat(/^(INPUT|SELECT|TEXTAREA|SECTION|DIV)$/.test(e.tagName) && !e.role ? [] : [e.textContent])
    .find((n) => n?.trim());
  const wrong = [];
  if (!name) wrong.push(`has no name: ${e.outerHTML.slice(0, 120)}`);
  // A checkbox may be drawn by what surrounds it.
  const drawn = e.type === 'checkbox' || e.type === 'radio' ? e.parentElement : e;
  const box = drawn.getBoundingClientRect();
  const seen = box.width > 1 && box.height > 1 && box.right > 0 && box.bottom > 0;
  if (!seen || box.left >= innerWidth || box.top >= innerHeight) wrong.push('has the focus outside of what is seen');
  const looks = () =>
    [e, e.parentElement, e.parentElement?.parentElement, e.nextElementSibling]
      .filter(Boolean)
      .map((x) => {
        const s = getComputedStyle(x);
        return [s.outlineStyle, s.outlineColor, s.borderColor, s.boxShadow, s.backgroundColor, s.left].join();
      })
      .join('|');
  // Of the editor it is the frame that tells.
  const editor = e.closest('.cm-editor');
  if (editor) {
    if (getComputedStyle(editor).outlineStyle === 'none') wrong.push('shows no focus');
    return { what: 'the editor', wrong };
  }
  const focused = looks();
  e.blur();
  const plain = looks();
  e.focus({ preventScroll: true });
  if (focused === plain) wrong.push('looks the same without the focus');
  return { what: `${e.role ?? e.tagName.toLowerCase()} “${(name ?? '').trim().slice(0, 40)}”`, wrong };
}
