// Builds the console beside its sources and then puts it where the binary
// embeds it. At no moment is a file missing there that the page names, so a
// `go build` or a second build at the same time finds a whole console.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync, constants as z } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, '../internal/web/dist');
mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
const fresh = mkdtempSync(join(root, 'node_modules/.cache/build-'));
try {
  await build({ root, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
  const files = list(fresh);
  for (const name of files) compress(join(fresh, name));
  const all = list(fresh);
  for (const name of all.filter((n) => n !== 'index.html')) put(name);
  put('index.html');
  for (const name of list(dist))
    if (!all.includes(name) && name !== '.gitignore') rmSync(join(dist, name), { force: true });
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function list(folder) {
  return readdirSync(folder, { recursive: true }).filter((name) =>
    statSync(join(folder, name), { throwIfNoEntry: false })?.isFile(),
  );
}

// compress writes a .br and a .gz beside each file that shrinks by them, so
// that the server need not compress and each request costs a copy.
function compress(path) {
  if (!/\.(js|css|svg|json|txt)$/.test(path)) return;
  const plain = readFileSync(path);
  if (plain.length < 1024) return;
  const quality = { [z.BROTLI_PARAM_QUALITY]: 11, [z.BROTLI_PARAM_SIZE_HINT]: plain.length };
  const packed = { '.br': brotliCompressSync(plain, { params: quality }), '.gz': gzipSync(plain, { level: 9 }) };
  for (const [ending, bytes] of Object.entries(packed))
    if (bytes.length < plain.length) writeFileSync(path + ending, bytes);
}

// put replaces a file at once: whoever reads sees the old one or the new one.
function put(name) {
  const [target, passing] = [join(dist, name), join(dist, `${name}.new-${process.pid}`)];
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(fresh, name), passing);
  renameSync(passing, target);
}
