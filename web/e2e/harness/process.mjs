import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

// The binary under test; `make browser` builds it first.
const binary = process.env.NIGHTJAR ?? path.resolve(import.meta.dirname, '../../../bin/nightjar');

// patience is how long a server may take to say that it is ready, in
// milliseconds: long enough for two busy cores.
const patience = 60_000;

// folder makes a folder for one server, and returns it with what removes it.
export async function folder() {
  const dir = await mkdtemp(path.join(tmpdir(), 'nightjar-browser-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

// run starts nightjar and returns once its output matches `ready`. What it
// printed is part of every failure: it says why.
export async function run(args, { ready, cwd }) {
  const child = spawn(binary, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } });
  const orphaned = () => child.kill('SIGKILL');
  process.once('exit', orphaned);
  let output = '';
  const ended = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(late);
    process.off('exit', orphaned);
  };
  const found = new Promise((resolve, reject) => {
    const fail = (why) => {
      clearTimeout(late);
      reject(new Error(`nightjar ${args.join(' ')}: ${why}\n${output}`));
    };
    const late = setTimeout(() => fail(`did not say ${ready} in time`), patience);
    const hear = (chunk) => {
      output += chunk;
      const m = ready.exec(output);
      if (!m) return;
      clearTimeout(late);
      resolve(m);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', (e) => fail(e.message));
    child.once('exit', (code) => fail(`ended with ${code}`));
  });
  found.catch(stop);
  return { match: await found, stop, said: () => output };
}

// command runs a nightjar command to its end and returns what it printed.
export async function command(args, { cwd }) {
  const child = spawn(binary, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (c) => {
    stdout += c;
  });
  child.stderr.on('data', (c) => {
    stderr += c;
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`nightjar ${args.join(' ')} ended with ${code}\n${stderr}`);
  return stdout;
}
