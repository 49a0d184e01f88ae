import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { faults } from './axe.mjs';
import { slow, slower } from './pace.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const pictures = path.resolve(import.meta.dirname, '../failed');

// What a person sees must be there within this many milliseconds.
const patience = 15_000 * slower;

export async function launch() {
  if (!existsSync(executablePath)) throw new Error(`${executablePath} is not there: apt-get install chromium`);
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

// Visit is one person's browser. It notices everything that must not happen:
// errors on the browser's console (violations of the content security policy
// are among them), exceptions, and requests to servers other than `origins`.
export class Visit {
  #wrong = [];
  #refusals = [];

  static async begin(browser, base, { origins = [], ...options } = {}) {
    const visit = new Visit();
    visit.base = base;
    const allowed = new Set([new URL(base).origin, ...origins]);
    const context = await browser.newContext({
      baseURL: base,
      viewport: { width: 1280, height: 800 },
      ignoreHTTPSErrors: true, // the simulator signs its own certificates
      locale: 'en-GB',
      timezoneId: 'Europe/Oslo',
      colorScheme: 'light',
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    });
    context.setDefaultTimeout(patience);
    visit.context = context;
    context.on('request', (r) => {
      const url = new URL(r.url());
      if (url.protocol !== 'data:' && url.protocol !== 'blob:' && !allowed.has(url.origin)) {
        visit.#wrong.push(`a request to ${r.url()}`);
      }
    });
    context.on('console', (m) => {
      if (m.type() !== 'error') return;
      const from = m.location().url;
      if (visit.#refusals.some((r) => r(m.text(), from))) return;
      visit.#wrong.push(`on the console: ${m.text()} (${from})`);
    });
    context.on('weberror', (e) => visit.#wrong.push(`an exception: ${e.error().stack ?? e.error()}`));
    if (slower > 1) context.on('page', slow);
    visit.page = await context.newPage();
    return visit;
  }

  // refuses says that the server is meant to answer a path with a status that
  // browsers report as an error.
  refuses(status, part) {
    this.#refusals.push((text, from) => text.includes(`status of ${status}`) && from.includes(part));
  }

  // opens runs an act and returns the tab that it opened.
  async opens(act) {
    const opened = this.context.waitForEvent('page');
    await act();
    return opened;
  }

  clipboard() {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  // accessible notes what axe finds wrong with what is on the screen.
  async accessible(name) {
    const began = Date.now();
    this.#wrong.push(...(await faults(this.page, name)));
    if (process.env.DEBUG_E2E) console.log(`axe ${name}: ${Date.now() - began} ms`);
  }

  // blameless fails when anything happened that must not.
  blameless() {
    const wrong = this.#wrong.splice(0);
    if (wrong.length > 0) throw new Error(`this must not be:\n${wrong.join('\n')}`);
  }

  async end() {
    await this.context.close();
  }

  // picture keeps what is on the screen, for whoever reads about a failure.
  async picture(name) {
    await mkdir(pictures, { recursive: true });
    for (const [i, page] of this.context.pages().entries()) {
      const file = path.join(pictures, `${name.replace(/\W+/g, '-')}-${i}.png`);
      await page.screenshot({ path: file }).catch(() => undefined); // a tab may be closing
    }
  }
}
