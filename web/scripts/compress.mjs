// Writes a .br and a .gz beside each file that shrinks by them, so that the
// server need not compress and each request costs a copy.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, constants as z } from 'node:zlib';

const dist = new URL('../../internal/web/dist/', import.meta.url).pathname;
for (const name of readdirSync(dist, { recursive: true })) {
  if (!/\.(js|css|svg|json|txt)$/.test(name)) continue;
  const plain = readFileSync(join(dist, name));
  if (plain.length < 1024) continue;
  const quality = { [z.BROTLI_PARAM_QUALITY]: 11, [z.BROTLI_PARAM_SIZE_HINT]: plain.length };
  write(name, '.br', brotliCompressSync(plain, { params: quality }), plain.length);
  write(name, '.gz', gzipSync(plain, { level: 9 }), plain.length);
}

function write(name, ending, packed, was) {
  if (packed.length < was) writeFileSync(join(dist, name + ending), packed);
}
