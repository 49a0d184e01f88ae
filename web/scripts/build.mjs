// Builds the console beside its sources and then puts it where the binary
// embeds it. At no moment is a file missing there that the page names, so a
// `go build` or a second build at the same time finds a whole console.
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { list, make } from './make.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, '../internal/web/dist');
mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
const fresh = mkdtempSync(join(root, 'node_modules/.cache/build-'));
try {
  await make(fresh);
  const all = list(fresh);
  for (const name of all.filter((n) => n !== 'index.html')) put(name);
  put('index.html');
  for (const name of list(dist))
    if (!all.includes(name) && name !== '.gitignore') rmSync(join(dist, name), { force: true });
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

// put replaces a file at once: whoever reads sees the old one or the new one.
function put(name) {
  const [target, passing] = [join(dist, name), join(dist, `${name}.new-${process.pid}`)];
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(fresh, name), passing);
  renameSync(passing, target);
}
