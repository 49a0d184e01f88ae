import { test } from 'node:test';
import { launch, Visit } from './harness/browser.mjs';
import { startLab } from './harness/lab.mjs';
import { stories } from './harness/story.mjs';
import * as approvals from './serve/approvals.mjs';
import { secret } from './serve/own.mjs';
import { firstRun } from './serve/setup.mjs';

// A Nightjar in which what matters most needs two people, each in a browser of
// her own.

test('a second person', async (t) => {
  const lab = await startLab({ secret, flags: ['--four-eyes=true'] });
  t.after(lab.stop);
  const browser = await launch();
  t.after(() => browser.close());
  const visit = await Visit.begin(browser, lab.base);
  visit.lab = lab;

  await stories(t, visit, [
    ['the first administrator sets up Nightjar', firstRun],
    ['a tenant is connected', approvals.connect],
    ['alone she is told that nobody can approve', approvals.alone],
    ['the command line makes the second administrator', approvals.join],
    ['disconnecting waits, and who asked cannot approve it', approvals.ask],
    ['a refusal tells why', approvals.refuse],
    ['who asked withdraws it', approvals.withdraw],
    ['a credential is asked for, granted and given again', approvals.credential],
    ['an administrator is made by two', approvals.administrator],
    ['why it failed is told to who asked', approvals.failure],
    ['by keyboard alone it is approved, and the tenant is gone for both', approvals.approveByKeyboard],
  ]);
});
