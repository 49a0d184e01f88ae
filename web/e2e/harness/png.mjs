import { crc32 as crc, deflateSync, inflateSync } from 'node:zlib';

// quantise makes of a browser's picture (8-bit RGB or RGBA, opaque) one of at
// most 256 colours, which is a third of the size. Screens have few colours that
// matter: the most frequent ones that differ visibly are taken, then the most
// frequent of the rest, and each other becomes the nearest.
export function quantise(png) {
  const { width, height, pixels } = decode(png);
  const counts = new Map();
  for (const p of pixels) counts.set(p, (counts.get(p) ?? 0) + 1);
  const palette = choose([...counts].sort((a, b) => b[1] - a[1]).map(([color]) => color));
  const index = new Map(palette.map((color, i) => [color, i]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = pixels[y * width + x];
      let i = index.get(color);
      if (i === undefined) {
        i = nearest(palette, color);
        index.set(color, i);
      }
      rows[y * (width + 1) + 1 + x] = i;
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8); // 8 bits, palette, deflate, no filter, not interlaced
  const colors = Buffer.from(palette.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]));
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('PLTE', colors),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

function choose(frequent) {
  const chosen = new Set();
  for (const color of frequent) {
    if (chosen.size < 200 && [...chosen].every((c) => distance(c, color) > 1200)) chosen.add(color);
  }
  for (const color of frequent) {
    if (chosen.size < 256) chosen.add(color);
  }
  return [...chosen];
}

function distance(p, q) {
  const [r, g, b] = [(p >> 16) - (q >> 16), ((p >> 8) & 255) - ((q >> 8) & 255), (p & 255) - (q & 255)];
  return r * r * 2 + g * g * 4 + b * b * 3;
}

function nearest(palette, color) {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, p] of palette.entries()) {
    const far = distance(p, color);
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

// decode reads what Chromium writes: one image, not interlaced. The filters are
// those of https://www.w3.org/TR/png-3/#9Filters (read 2026-11-22).
function decode(png) {
  let at = signature.length;
  let head;
  const data = [];
  while (at < png.length) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') head = body;
    if (type === 'IDAT') data.push(body);
    at += length + 12;
  }
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const deep = head[9] === 6 ? 4 : 3;
  const raw = inflateSync(Buffer.concat(data));
  const line = width * deep;
  const out = Buffer.alloc(line * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (line + 1)];
    for (let x = 0; x < line; x++) {
      const left = x >= deep ? out[y * line + x - deep] : 0;
      const up = y > 0 ? out[(y - 1) * line + x] : 0;
      const corner = x >= deep && y > 0 ? out[(y - 1) * line + x - deep] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      out[y * line + x] = raw[y * (line + 1) + 1 + x] + guess;
    }
  }
  const pixels = new Uint32Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = (out[i * deep] << 16) | (out[i * deep + 1] << 8) | out[i * deep + 2];
  }
  return { width, height, pixels };
}

function paeth(left, up, corner) {
  const p = left + up - corner;
  const [a, b, c] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
