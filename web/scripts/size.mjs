// Measures what the browser fetches before the first screen is there, as gzip,
// the larger of the two encodings, and fails above the limit.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const limit = 300 * 1000;
const dist = new URL('../../internal/web/dist/', import.meta.url).pathname;
const page = readFileSync(join(dist, 'index.html'), 'utf8');

const first = new Set([...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((m) => m[1]));
// What the entry imports statically is fetched as well, even when the page does not name it.
for (const name of first) {
  if (!name.endsWith('.js')) continue;
  const code = readFileSync(join(dist, name), 'utf8');
  for (const m of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) first.add(`assets/${m[1]}`);
}

const packed = (name, ending) =>
  statSync(join(dist, existsSync(join(dist, name + ending)) ? name + ending : name)).size;
let [gz, br] = [Buffer.byteLength(page), Buffer.byteLength(page)];
for (const name of [...first].sort()) {
  gz += packed(name, '.gz');
  br += packed(name, '.br');
  console.log(
    `${name.padEnd(48)} ${String(packed(name, '.gz')).padStart(8)} gz ${String(packed(name, '.br')).padStart(8)} br`,
  );
}
console.log(`${'first load'.padEnd(48)} ${String(gz).padStart(8)} gz ${String(br).padStart(8)} br (limit ${limit})`);
if (gz > limit) {
  console.error(`the first load is ${gz - limit} bytes above its limit: load what is not needed at first lazily`);
  process.exit(1);
}
