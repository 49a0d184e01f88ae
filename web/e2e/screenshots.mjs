import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { first } from './demo/search.mjs';
import { choosePassword, enrol } from './harness/account.mjs';
import { launch, Visit } from './harness/browser.mjs';
import { button, field, heading, link, to } from './harness/controls.mjs';
import { startDemo } from './harness/demo.mjs';
import { startLab } from './harness/lab.mjs';
import { accept, signInAs } from './harness/microsoft.mjs';
import { quantise } from './harness/png.mjs';
import * as approvals from './serve/approvals.mjs';
import { secret } from './serve/own.mjs';
import { firstRun } from './serve/setup.mjs';

// Renders the pictures of docs/console.md: the first hour from an empty
// Nightjar, all else from the demo.

const folder = path.resolve(import.meta.dirname, '../../docs/pictures');
const most = 150 * 1024; // bytes of a picture, for they are cloned with the source

async function picture(page, name) {
  const file = path.join(folder, `${name}.png`);
  await page.getByText('Loading…').first().waitFor({ state: 'detached' });
  await page.mouse.move(0, 0);
  const small = quantise(await page.screenshot({ animations: 'disabled', caret: 'hide' }));
  if (small.length > most) throw new Error(`${file} would have ${small.length} bytes, more than ${most}`);
  await writeFile(file, small);
  console.log(`${name}.png, ${Math.round(small.length / 1024)} kB`);
}

async function firstHour(browser) {
  const lab = await startLab({ secret: 'never entered' });
  try {
    const visit = await Visit.begin(browser, lab.base);
    const { page } = visit;
    await page.goto(lab.setupLink);
    await heading(page, 'Set up Nightjar').waitFor();
    await picture(page, 'setup');
    await field(page, 'Name').fill('Ada');
    await choosePassword(page);
    await enrol(visit);
    await to(page, 'Connections');
    await link(page, 'Connect a tenant').first().click();
    await page.getByRole('checkbox', { name: 'Audit log' }).waitFor();
    await picture(page, 'connect-services');
    await button(page, 'Continue').click();
    await heading(page, 'Consent in Microsoft’s page').waitFor();
    await picture(page, 'connect-way');
    const microsoft = await visit.opens(() => button(page, 'Continue to Microsoft').click());
    await signInAs(microsoft, /Adele Admin/);
    await accept(microsoft);
    await accept(microsoft);
    await page.getByText('Every step is done.').waitFor({ timeout: 60_000 });
    await picture(page, 'connect-steps');
  } finally {
    await lab.stop();
  }
}

// twoPeople is what the second one of them sees.
async function twoPeople(browser) {
  const lab = await startLab({ secret, flags: ['--four-eyes=true'] });
  try {
    const visit = await Visit.begin(browser, lab.base);
    visit.lab = lab;
    visit.accessible = async () => undefined; // the tests look at that
    for (const story of [firstRun, approvals.connect, approvals.join, approvals.ask]) await story(visit);
    const { page } = visit.bea;
    await page.goto('/settings/approvals');
    await page.getByText('What exactly', { exact: true }).click();
    await page.setViewportSize({ width: 1280, height: 650 }); // as far as there is something
    await picture(page, 'approvals');
  } finally {
    await lab.stop();
  }
}

async function everyDay(browser) {
  const demo = await startDemo();
  try {
    const visit = await Visit.begin(browser, demo.base);
    const { page } = visit;
    await page.goto(demo.link);
    await page.getByRole('region', { name: 'Events by workload' }).getByRole('row').nth(1).waitFor();
    await page.getByRole('region', { name: 'Sign-ins by place' }).getByRole('row').nth(1).waitFor();
    await picture(page, 'overview');

    await to(page, 'Connections');
    await link(page, 'contoso').click();
    await page.getByRole('tab', { name: 'Coverage' }).click();
    await page.getByRole('table', { name: 'Totals by feed' }).waitFor();
    await picture(page, 'connection');

    await to(page, 'Search');
    await button(page, /^Time span: /).click();
    await button(page, 'Last 3 days').click();
    await (await first(page)).waitFor();
    await page.getByRole('region', { name: 'Operation', exact: true }).waitFor();
    await picture(page, 'search');
    await (await first(page)).click();
    await page.getByRole('region', { name: 'Record as received' }).waitFor();
    await picture(page, 'event');

    await page.goto('/map');
    await page.getByRole('table', { name: 'Places' }).getByRole('row').nth(1).waitFor();
    await page.setViewportSize({ width: 1280, height: 880 }); // with what is not on the map
    await picture(page, 'map');
    await page.setViewportSize({ width: 1280, height: 800 });

    await to(page, 'Dashboards');
    await link(page, 'Exchange').click();
    await heading(page, 'Exchange').waitFor();
    await picture(page, 'dashboard');

    await to(page, 'SQL');
    await button(page, 'Run').click();
    await page.getByRole('table', { name: 'Answer' }).getByRole('row').nth(1).waitFor();
    await picture(page, 'sql');

    await page.goto('/settings/people');
    await page.getByRole('row', { name: /demo/ }).waitFor();
    await picture(page, 'people');
    await page.goto('/settings/data');
    await page.getByText('Simulated City').first().waitFor();
    await page.setViewportSize({ width: 1280, height: 465 }); // as far as the options, which name folders of this machine
    await picture(page, 'data');
  } finally {
    await demo.stop();
  }
}

await mkdir(folder, { recursive: true });
const browser = await launch();
try {
  await firstHour(browser);
  await twoPeople(browser);
  await everyDay(browser);
} finally {
  await browser.close();
}
