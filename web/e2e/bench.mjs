import { cpus, loadavg } from 'node:os';
import { launch } from './harness/browser.mjs';
import { startDemo } from './harness/demo.mjs';

// Measures the first load of the console, signed in, against a demo on
// loopback, with a cold cache each time, beside an answer of a few bytes from
// the same server. Interactive is when the command palette, a control of every
// screen, has opened by Ctrl K that is pressed again and again from the first
// paint on; what comes when the browser is idle is counted in all. The figures
// stand in docs/benchmarks.md.

const runs = Number(process.env.RUNS ?? 10);

const demo = await startDemo();
const browser = await launch();
try {
  const link = await browser.newContext({ baseURL: demo.base });
  const first = await link.newPage();
  await first.goto(demo.link);
  await first.getByRole('heading', { name: 'Overview', exact: true }).waitFor();
  // The demo begins with three days to collect; that is not what is measured.
  while (loadavg()[0] > 1) await first.waitForTimeout(5_000);
  await first.close();
  const storageState = await link.storageState();
  const rows = { console: [], empty: [] };
  for (let i = 0; i < runs; i++) {
    rows.empty.push(await load(storageState, '/healthz', false));
    rows.console.push(await load(storageState, '/', true));
  }
  console.log(`${runs} runs, ${cpus().length} CPUs, load ${loadavg()[0].toFixed(1)}`);
  for (const [what, of] of Object.entries(rows)) {
    for (const key of Object.keys(of[0])) {
      const sorted = of.map((r) => r[key]).sort((a, b) => a - b);
      const [median, worst] = [sorted[Math.floor(runs / 2)], sorted.at(-1)];
      console.log(`${what.padEnd(8)} ${key.padEnd(22)} median ${Math.round(median)}  worst ${Math.round(worst)}`);
    }
  }
} finally {
  await browser.close();
  await demo.stop();
}

// load opens an address in a browser that has cached nothing.
async function load(storageState, path, interactive) {
  const context = await browser.newContext({ baseURL: demo.base, storageState });
  const page = await context.newPage();
  const wire = await context.newCDPSession(page);
  await wire.send('Network.enable');
  const sent = new Map();
  wire.on('Network.responseReceived', ({ requestId, response }) => {
    if (!new URL(response.url).pathname.startsWith('/api/')) sent.set(requestId, 0);
  });
  wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (sent.has(requestId)) sent.set(requestId, encodedDataLength);
  });
  await page.goto(path, { waitUntil: 'commit' });
  let opened = 0;
  if (interactive) {
    const palette = page.getByRole('textbox', { name: 'Where to, or what to do' });
    while (!(await palette.isVisible())) await page.keyboard.press('Control+k');
    opened = await page.evaluate(() => performance.now());
  }
  const first = sum(sent);
  await page.waitForLoadState('networkidle');
  const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
  await context.close();
  return {
    ...(interactive ? { 'bytes until interactive': first } : {}),
    'bytes in all': sum(sent),
    'first paint (ms)': painted,
    ...(interactive ? { 'interactive (ms)': opened } : {}),
  };
}

function sum(sent) {
  return [...sent.values()].reduce((a, b) => a + b, 0);
}
