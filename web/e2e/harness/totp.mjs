import { createHmac } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const step = 30_000; // milliseconds; RFC 6238

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
// step off.
export class Authenticator {
  #seed;
  #spent = 0;

  constructor(seed) {
    this.#seed = seed;
  }

  code() {
    const now = Math.floor(Date.now() / step);
    this.#spent = Math.max(this.#spent + 1, now - 1);
    if (this.#spent > now + 1) throw new Error('three codes within half a minute: use a recovery code');
    return codeOf(this.#seed, this.#spent);
  }
}
