// Writes internal/correlate/apart.txt: how far apart countries are at least.
// Run by hand when world-atlas changes: node scripts/apart.mjs (in web/).
//
// From the countries of Natural Earth 1:50m (public domain), as world-atlas has
// them, and the codes of Debian's iso-codes. The distance of two countries is
// that of their nearest corners, less 40 km for what lies between corners,
// rounded down to 80 km and written as two hexadecimal digits.
import { readFileSync, writeFileSync } from 'node:fs';
import { feature } from 'topojson-client';

const world = JSON.parse(readFileSync(new URL('../node_modules/world-atlas/countries-50m.json', import.meta.url)));
const iso = JSON.parse(readFileSync('/usr/share/iso-codes/json/iso_3166-1.json'))['3166-1'];
const codes = new Map(iso.map((c) => [c.numeric, c.alpha_2]));
const unnumbered = { Kosovo: 'XK', Somaliland: 'SO', 'N. Cyprus': 'CY' };

// What lies far from the rest of a country has a code of its own, or so few of
// its people that they must not bring two continents together.
const elsewhere = [
  ['FR', (lat, lon) => lat < 8 && lon < -40, 'GF'],
  ['FR', (lat, lon) => lat > 15.5 && lat < 17 && lon < -60, 'GP'],
  ['FR', (lat, lon) => lat > 14 && lat < 15.5 && lon < -60, 'MQ'],
  ['FR', (lat, lon) => lat < -18 && lon > 50, 'RE'],
  ['FR', (lat, lon) => lat < -10 && lon > 40 && lon < 50, 'YT'],
  ['NL', (lat) => lat < 30, 'BQ'],
  ['NO', (lat) => lat > 73, 'SJ'],
  ['RU', (_, lon) => lon < -160 || lon > 160, null], // Kamchatka, Chukotka: near Alaska
  ['RU', (lat, lon) => lat < 56 && lon < 23, null], // Kaliningrad: amid the European Union
];
const corners = new Map();
function add(code, lat, lon) {
  for (const [of, there, instead] of elsewhere) {
    if (of === code && there(lat, lon)) {
      if (instead === null) return;
      code = instead;
      break;
    }
  }
  const [a, b] = [(lat * Math.PI) / 180, (lon * Math.PI) / 180];
  if (!corners.has(code)) corners.set(code, []);
  corners.get(code).push(Math.cos(a) * Math.cos(b), Math.cos(a) * Math.sin(b), Math.sin(a));
}
for (const { id, geometry, properties } of feature(world, world.objects.countries).features) {
  const code = codes.get(id) ?? unnumbered[properties.name];
  if (code === undefined || code === 'AQ') continue;
  const shapes = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  for (const shape of shapes) for (const [lon, lat] of shape[0]) add(code, lat, lon);
}
for (const [code, lat, lon] of [
  ['GI', 36.14, -5.35],
  ['TV', -8.52, 179.2],
  ['TK', -9.2, -171.8],
  ['CX', -10.45, 105.7],
  ['CC', -12.2, 96.8],
])
  add(code, lat, lon);

const list = [...corners.keys()].sort();
const lines = [
  '# How far apart two countries are at least, in steps of 80 km: made by web/scripts/apart.mjs from',
  '# Natural Earth 1:50m (public domain). Two hexadecimal digits for each country of the lines below.',
];
for (let i = 0; i < list.length; i++) {
  let line = `${list[i]} `;
  const a = Float64Array.from(corners.get(list[i]));
  for (let j = i + 1; j < list.length; j++) {
    const b = Float64Array.from(corners.get(list[j]));
    let best = -1;
    for (let p = 0; p < a.length; p += 3)
      for (let q = 0; q < b.length; q += 3)
        best = Math.max(best, a[p] * b[q] + a[p + 1] * b[q + 1] + a[p + 2] * b[q + 2]);
    const km = Math.acos(Math.min(1, best)) * 6371;
    line += Math.max(0, Math.min(255, Math.floor((km - 40) / 80)))
      .toString(16)
      .padStart(2, '0');
  }
  lines.push(line.trimEnd());
}
writeFileSync(new URL('../../internal/correlate/apart.txt', import.meta.url), `${lines.join('\n')}\n`);
