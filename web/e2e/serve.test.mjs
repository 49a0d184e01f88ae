import { after, before, test } from 'node:test';
import { launch, scenario, Visit } from './harness/browser.mjs';
import { startLab } from './harness/lab.mjs';
import * as own from './serve/own.mjs';
import { firstRun } from './serve/setup.mjs';

// An empty Nightjar and a simulated Microsoft: from the setup link that the
// terminal printed to a connected tenant and a colleague. Each story goes on
// where the one before ended, as a day does.

test('an empty Nightjar', async (t) => {
  let browser;
  let lab;
  let admin;
  before(async () => {
    [lab, browser] = await Promise.all([startLab({ secret: own.secret }), launch()]);
    admin = await Visit.begin(browser, lab.base, { origins: [new URL(lab.login).origin] });
    admin.lab = lab;
  });
  after(async () => {
    await browser?.close();
    await lab?.stop();
  });
  const visit = () => admin;

  await t.test('the first administrator sets up Nightjar', scenario(visit, firstRun));
});
