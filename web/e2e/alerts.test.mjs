import { test } from 'node:test';
import * as look from './alerts/look.mjs';
import * as queue from './alerts/queue.mjs';
import * as silence from './alerts/silence.mjs';
import { enter } from './demo/screens.mjs';
import { launch, Visit } from './harness/browser.mjs';
import { startDemo } from './harness/demo.mjs';
import { stories } from './harness/story.mjs';

// The demo's company suffers attacks, and the rules find them. Who works on what
// they found here has a keyboard and nothing else.

test('alerts', async (t) => {
  const demo = await startDemo();
  t.after(demo.stop);
  const browser = await launch();
  t.after(() => browser.close());
  const visit = await Visit.begin(browser, demo.base);
  visit.demo = demo;
  visit.link = demo.link;

  await stories(t, visit, [
    ['the link signs in, once', enter],
    ['by keyboard alone an alert goes from the queue to closed', queue.toClosed],
    ['what was done is taken back', queue.takeBack],
    ['several are changed at once', queue.several],
    ['what somebody else changed is not changed over', queue.conflict],
    ['what is new waits, and the row under the cursor stays', queue.stays],
    ['another question does not take the cursor away', queue.another],
    ['a row that was left behind does not call back', queue.scrolled],
    ['filters stand in the address', queue.filters],
    ['a silence says what it keeps quiet, and ends', silence.addAndEnd],
    ['an inhibition holds only while another alert is open', silence.explained],
    ['incidents and risk lead to alerts', look.incidentsAndRisk],
    ['every screen of alerts fits a phone, a finger and the Tab key', look.everyScreen],
    ['whoever may only look changes nothing', look.mayOnlyLook],
  ]);
});
