import { test } from 'node:test';
import { launch, Visit } from './harness/browser.mjs';
import { startLab } from './harness/lab.mjs';
import { stories } from './harness/story.mjs';
import * as account from './serve/account.mjs';
import * as consent from './serve/consent.mjs';
import * as own from './serve/own.mjs';
import * as people from './serve/people.mjs';
import { comeAndGo, firstRun } from './serve/setup.mjs';
import { token } from './serve/tokens.mjs';

// An empty Nightjar and a simulated Microsoft: from the setup link to a
// connected tenant and a colleague. Each story goes on where the one before
// ended, as a day does.

test('an empty Nightjar', async (t) => {
  const lab = await startLab({ secret: own.secret });
  t.after(lab.stop);
  const browser = await launch();
  t.after(() => browser.close());
  const visit = await Visit.begin(browser, lab.base, { origins: [new URL(lab.login).origin] });
  visit.lab = lab;

  await stories(t, visit, [
    ['the first administrator sets up Nightjar', firstRun],
    ['whoever signs out is out, and comes in again by a recovery code', comeAndGo],
    ['new recovery codes wait for a fresh proof, and then go on', account.newCodes],
    ['recovery codes that a reload took away are made anew', account.lostCodes],
    ['a new password ends the sessions elsewhere, which lead back to where they were', account.newPassword],
    ['an API token works until it is revoked', token],
    ['a viewer is invited and comes in', people.invite],
    ['what a connection needs is shown before anything else', consent.choices],
    ['consent that is declined says so', consent.declined],
    ['an account without admin rights is told what it lacks', consent.notAnAdministrator],
    ['a policy that refuses the account is named', consent.wrongAccount],
    ['a wrong secret is found by the test and replaced', own.byOwnApplication],
    ['collect now, coverage, log, permissions, pause', own.collectNow],
    ['disconnect wants the name typed', own.disconnect],
    ['consent by an administrator connects the tenant', consent.accepted],
    ['a consent is renewed, and the connection stays the same', consent.renewed],
    ['the viewer may only look', people.mayOnlyLook],
  ]);
});
