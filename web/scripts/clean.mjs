// Empties the folder that the binary embeds, but for its .gitignore.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const dist = new URL('../../internal/web/dist/', import.meta.url).pathname;
mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist)) {
  if (name !== '.gitignore') rmSync(join(dist, name), { recursive: true });
}
