// Builds the console twice, by processes of their own in different time zones
// into folders of different names, and fails unless every file is the same byte
// for byte, the compressed ones too: whoever has the
// sources can tell whether a binary holds the console that they make.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { list } from './make.mjs';

const program = `import { make } from ${JSON.stringify(new URL('make.mjs', import.meta.url).href)}; await make(process.argv[1]);`;
const cache = fileURLToPath(new URL('../node_modules/.cache', import.meta.url));
mkdirSync(cache, { recursive: true });
const folders = ['once-', 'and-again-'].map((name) => mkdtempSync(join(cache, name)));
try {
  for (const [i, folder] of folders.entries())
    execFileSync(process.execPath, ['--input-type=module', '--eval', program, folder], {
      stdio: 'inherit',
      env: { ...process.env, TZ: ['UTC', 'Asia/Kathmandu'][i] },
    });
  const [first, second] = folders.map(contents);
  const differing = [...new Set([...first.keys(), ...second.keys()])].filter(
    (name) => !(first.has(name) && second.has(name) && first.get(name).equals(second.get(name))),
  );
  if (differing.length > 0) throw new Error(`two builds of the console differ in: ${differing.sort().join(', ')}`);
  console.log(`two builds of the console are the same: ${first.size} files`);
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

function contents(folder) {
  return new Map(list(folder).map((name) => [name, readFileSync(join(folder, name))]));
}
