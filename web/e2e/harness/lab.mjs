import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { command, folder, run } from './process.mjs';

// startLab runs an empty Nightjar and a simulated Microsoft with one tenant
// that is not connected yet. Its consents take a moment to hold, as
// Microsoft's do. flags are further ones of `nightjar serve`; with records the
// tenant has those and nothing else.
export async function startLab({ secret, flags = [], records }) {
  const { dir, remove } = await folder();
  const stops = [remove];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    await writeFile(path.join(dir, 'slow-consent.yaml'), 'about: Consents take a moment.\nconsent_delay: 3s\n');
    const given = path.join(dir, 'records.ndjson');
    if (records) await writeFile(given, records.map((r) => `${JSON.stringify(r)}\n`).join(''));
    const content = records
      ? ['--events', given, '--subscribed']
      : ['--people', '20', '--events-per-day', '4000', '--live'];
    const sim = await run(
      [
        ...['sim', '--listen', '127.0.0.1:0', '--seed', '7', '--secret', secret, '--scenario', 'slow-consent.yaml'],
        ...content,
        ...['--backlog', '12h', '--unconnected', '--config-out', 'nightjar.yaml'],
      ],
      { cwd: dir, ready: /login\s+(\S+)[\s\S]*tenant\s+([0-9a-f-]+), client ([0-9a-f-]+)[\s\S]*collect it/ },
    );
    stops.push(sim.stop);
    const [, login, tenant, client] = sim.match;
    const nightjar = await run(
      ['serve', '--config', 'nightjar.yaml', '--listen', '127.0.0.1:0', '--collect-poll-interval', '2s', ...flags],
      { cwd: dir, ready: /(http:\/\/[\d.:]+)\/setup\b/ },
    );
    stops.push(nightjar.stop);
    const base = nightjar.match[1];
    const tell = async (...args) => (await command([...args, '--config', 'nightjar.yaml'], { cwd: dir })).trim();
    const token = await tell('setup-token');
    const setupLink = `${base}/setup#${token}`;
    return { base, setupLink, login, tenant, client, tell, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
