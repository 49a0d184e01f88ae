import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const step = 30_000; // milliseconds; RFC 6238
// A code is typed and has arrived within this many milliseconds, on a busy machine too.
const typing = 12_000;

function bytesOf(base32) {
  let bits = 0;
  let held = 0;
  const out = [];
  for (const c of base32.replace(/[\s=]/g, '')) {
    held = (held << 5) | alphabet.indexOf(c);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push((held >> bits) & 0xff);
    }
  }
  return Buffer.from(out);
}

function codeOf(seed, counter) {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', bytesOf(seed)).update(message).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

// Authenticator is the app on a person's phone. A code works once, so it gives
// the next step's when this one's is spent: Nightjar allows a clock to be one
// step off. Who needs more codes than that waits for them, as people do.
export class Authenticator {
  #seed;
  #spent = 0;

  constructor(seed) {
    this.#seed = seed;
  }

  async code() {
    const oldest = Math.floor((Date.now() + typing) / step) - 1;
    this.#spent = Math.max(this.#spent + 1, oldest);
    const early = (this.#spent - 1) * step - Date.now();
    if (early > 0) await wait(early);
    return codeOf(this.#seed, this.#spent);
  }
}
