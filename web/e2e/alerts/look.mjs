import assert from 'node:assert/strict';
import { choosePassword, enrol } from '../harness/account.mjs';
import { Visit } from '../harness/browser.mjs';
import { heading } from '../harness/controls.mjs';
import { checkScreens } from '../harness/layout.mjs';
import { command } from '../harness/process.mjs';
import { press, queue, reach, row } from './keyboard.mjs';

// incidentsAndRisk goes from what belongs together to one alert of it.
export async function incidentsAndRisk(visit) {
  const { page } = visit;
  await page.goto('/incidents?several=true');
  await page.getByRole('table', { name: 'Incidents' }).getByRole('row').nth(1).waitFor();
  await visit.accessible('incidents');
  await press(page, 'j', 'Enter');
  await heading(page, /^Incident I-/).waitFor();
  const timeline = page.getByRole('table', { name: 'Timeline' });
  await timeline.getByRole('row').nth(1).waitFor();
  await visit.accessible('incident');
  visit.incident = new URL(page.url()).pathname;
  await reach(page, timeline.getByRole('link').first());
  await press(page, 'Enter');
  await page.waitForURL(/\/alerts\/A-/);
  await page.goto('/risk');
  await page.getByRole('table', { name: 'Risk' }).getByRole('row').nth(1).waitFor();
  await visit.accessible('risk');
}

export async function everyScreen(visit) {
  const paths = ['/alerts', `/alerts/${visit.alert}`, '/incidents', visit.incident, '/risk', '/silences'];
  const wrong = await checkScreens(visit, paths);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

// mayOnlyLook signs in somebody who finds nothing to press, and whom the keys and
// the interface refuse.
export async function mayOnlyLook(visit) {
  const said = await command(
    ['person', 'invite', 'Vera', '--grant', 'viewer', '--config', `${visit.demo.dir}/nightjar.yaml`],
    { cwd: visit.demo.dir },
  );
  const viewer = await Visit.begin(visit.context.browser(), visit.base);
  const { page } = viewer;
  await page.goto(`/invite#${/invite#(\S+)/.exec(said)[1]}`);
  await choosePassword(page);
  await enrol(viewer);
  await heading(page, 'Overview').waitFor();
  const id = await queue(page, 'Tor');
  const status = await row(page, id).getAttribute('data-status');
  for (const name of ['Acknowledge', 'Close', 'Assign to me', 'Silence']) {
    assert.equal(await page.getByRole('button', { name: new RegExp(`^${name}`) }).count(), 0, `${name} is offered`);
  }
  await press(page, 'e');
  await page.getByText('You may look at alerts and not change them.').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  viewer.refuses(403, '/api/v1/');
  for (const [path, body] of [
    ['/api/v1/alerts/change', { ids: [id], action: 'acknowledge' }],
    [
      '/api/v1/silences',
      { kind: 'silence', reason: 'no', expires: '2999-01-01T00:00:00Z', matchers: [{ field: 'text', values: ['x'] }] },
    ],
  ]) {
    const ask = async ([path, body]) => {
      const headers = { 'Content-Type': 'application/json' };
      return (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    };
    assert.equal(await page.evaluate(ask, [path, body]), 403, path);
  }
  await press(page, 'Enter');
  await page.getByRole('region', { name: 'Evidence' }).waitFor();
  await viewer.accessible('an alert, to somebody who may only look');
  assert.equal(
    await page
      .getByRole('main')
      .getByRole('button', { name: /^Close/ })
      .count(),
    0,
  );
  await page.goto('/alerts');
  assert.equal(await row(page, id).getAttribute('data-status'), status);
  viewer.blameless();
  await viewer.end();
}
