import { test } from 'node:test';
import { launch, Visit } from './harness/browser.mjs';
import { startLab } from './harness/lab.mjs';
import { startSink } from './harness/sink.mjs';
import { stories } from './harness/story.mjs';
import { changesFile } from './rules/file.mjs';
import * as notify from './rules/notify.mjs';
import { connectSimulated, forwarded } from './rules/records.mjs';
import * as rule from './rules/rule.mjs';
import { secret } from './serve/own.mjs';
import { firstRun } from './serve/setup.mjs';

// A tenant in which somebody's mail is sent elsewhere, the rule that finds it,
// and the receiver that is told.

test('rules and notifications', async (t) => {
  const sink = await startSink();
  t.after(sink.stop);
  const lab = await startLab({ secret, records: forwarded(), flags: ['--notify-allow-networks=127.0.0.0/8'] });
  t.after(lab.stop);
  const browser = await launch();
  t.after(() => browser.close());
  const visit = await Visit.begin(browser, lab.base);
  visit.lab = lab;
  visit.sink = sink;

  await stories(t, visit, [
    ['the first administrator sets up Nightjar', firstRun],
    ['a webhook is added, tested, and its secrets are not shown again', notify.channel],
    ['what a receiver refuses is said', notify.refused],
    ['routes say who would be told, and are saved', notify.routes],
    ['a tenant is connected', connectSimulated],
    ['what a rule finds reaches the receiver, once', notify.delivered],
    ['rules are found by words and by what they do', rule.find],
    ['a rule says what it asks, and its tests pass', rule.asks],
    ['a rule runs dry', rule.dryRun],
    ['a parameter is given another value in one tenant', rule.parameter],
    ['an exception is added and ended', rule.exception],
    ['what was changed goes out as a file and comes back', changesFile],
    ['a backtest finds what lies in the journal, and survives a reload', rule.backtest],
    ['every screen fits a phone, a finger and the Tab key', rule.everyScreen],
    ['whoever may only look changes nothing', rule.mayOnlyLook],
  ]);
});
