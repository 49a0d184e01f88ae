// Builds the console into a folder, with what a server can send compressed.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync, constants as z } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function make(folder) {
  await build({ root, logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } });
  for (const name of list(folder)) compress(join(folder, name));
}

// list names the files below a folder.
export function list(folder) {
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
