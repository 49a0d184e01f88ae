import { test } from 'node:test';
import { launch, Visit } from './harness/browser.mjs';
import { startLab } from './harness/lab.mjs';
import { stories } from './harness/story.mjs';
import * as own from './serve/own.mjs';
import { firstRun } from './serve/setup.mjs';
import * as sso from './serve/sso.mjs';

// Single sign-on, with the simulated Microsoft as the provider: somebody is
// invited, never has a password here, and comes and goes by that account.

test('single sign-on', async (t) => {
  const lab = await startLab({ secret: own.secret });
  t.after(lab.stop);
  const browser = await launch();
  t.after(() => browser.close());
  const origins = [new URL(lab.login).origin];
  const visit = await Visit.begin(browser, lab.base, { origins });
  Object.assign(visit, { lab, origins });

  await stories(t, visit, [
    ['the first administrator sets up Nightjar', firstRun],
    ['an account that nobody invited is told what to do', sso.uninvited],
    ['an invitation is taken up with the account', sso.join],
    ['who is invited signs out, and in by the account', sso.comeIn],
    ['signing in anew at the provider proves again who it is', sso.stepUp],
    ['the last way in stays', sso.last],
    ['an administrator links an account to her own', sso.link],
  ]);
});
