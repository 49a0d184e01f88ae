import { test } from 'node:test';
import { startAlone } from './harness/alone.mjs';
import { launch, Visit } from './harness/browser.mjs';
import { stories } from './harness/story.mjs';
import * as passkeys from './serve/passkeys.mjs';

// Passkeys, with an authenticator inside Chromium: they belong to the name of a
// site, so that the console is opened at localhost, not at an address.

test('passkeys', async (t) => {
  const nightjar = await startAlone();
  t.after(nightjar.stop);
  const browser = await launch();
  t.after(() => browser.close());
  const visit = await Visit.begin(browser, nightjar.named);
  visit.nightjar = nightjar;

  await stories(t, visit, [
    ['at an address the page says where passkeys work', passkeys.elsewhere],
    ['an administrator adds a passkey to the account', passkeys.add],
    ['who has a passkey comes in without a name', passkeys.comeIn],
    ['a finger that is not right opens nothing', passkeys.wrongFinger],
    ['a passkey proves again who it is', passkeys.stepUp],
    ['who is invited joins with a passkey, and it is the only way in', passkeys.join],
    ['recovery codes lead in without it', passkeys.recover],
    ['a passkey that is removed opens nothing', passkeys.remove],
  ]);
});
