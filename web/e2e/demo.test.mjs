import { test } from 'node:test';
import * as dashboards from './demo/dashboards.mjs';
import { everyScreen } from './demo/every.mjs';
import { byKeyboard } from './demo/keyboard.mjs';
import { follow } from './demo/live.mjs';
import { map } from './demo/map.mjs';
import * as saved from './demo/saved.mjs';
import { eachScreen, enter, signOutEnds } from './demo/screens.mjs';
import * as search from './demo/search.mjs';
import { sql } from './demo/sql.mjs';
import { launch, Visit } from './harness/browser.mjs';
import { startDemo } from './harness/demo.mjs';
import { stories } from './harness/story.mjs';

// The demo, which has something to look at: three days of a company's log.

test('the demo', async (t) => {
  const demo = await startDemo();
  t.after(demo.stop);
  const browser = await launch();
  t.after(() => browser.close());
  const visit = await Visit.begin(browser, demo.base);
  visit.link = demo.link;

  await stories(t, visit, [
    ['the link signs in, once', enter],
    ['every screen shows something and is accessible', eachScreen],
    ['every screen fits a phone, a finger and the Tab key', everyScreen],
    ['new events are counted as they arrive', follow],
    ['a value is included and excluded from the rail', search.narrow],
    ['an event is opened, copied, and found again by its address', search.oneEvent],
    ['the keyboard alone suffices', byKeyboard],
    ['the map, its table, and the events behind a place', map],
    ['a ready dashboard, and a copy of it that is one’s own', dashboards.ownCopy],
    ['a question in SQL', sql],
    ['a search is saved, opened, shared and removed', saved.keepSearch],
    ['a search is downloaded without the page holding it', saved.download],
    ['signing out ends the session', signOutEnds],
  ]);
});
