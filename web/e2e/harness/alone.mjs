import { command, folder, run } from './process.mjs';

// startAlone runs an empty Nightjar with no Microsoft to talk to. It is reached
// by its address, and by the name of this machine.
export async function startAlone() {
  const { dir, remove } = await folder();
  const at = ['--data-dir', 'data'];
  try {
    const nightjar = await run(['serve', ...at, '--listen', '127.0.0.1:0'], {
      cwd: dir,
      ready: /(http:\/\/[\d.:]+)\/setup\b/,
    });
    const address = nightjar.match[1];
    const named = address.replace('127.0.0.1', 'localhost');
    const token = (await command(['setup-token', ...at], { cwd: dir })).trim();
    const stop = async () => {
      await nightjar.stop();
      await remove();
    };
    return { address, named, token, stop, tell: (...args) => command([...args, ...at], { cwd: dir }) };
  } catch (error) {
    await remove();
    throw error;
  }
}
