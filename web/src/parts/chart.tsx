import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { formatTime } from '../time/format';
import { useZone } from '../time/zone';

export type Series = { name: string; values: (number | null)[] };

type Props = {
  label: string;
  times: number[]; // milliseconds
  series: Series[];
  kind: 'bars' | 'line';
  height?: number;
  onSelect?: (from: number, to: number) => void;
};

// The colours of series, told apart by the colour-blind too (Okabe and Ito),
// for either ground.
const hues = {
  light: ['#137c7e', '#b35900', '#3a5fb0', '#a0377e', '#6b6b00', '#8a2f2f', '#4d4d4d'],
  dark: ['#46aeae', '#f0a04b', '#8fb8ff', '#e58fc6', '#d9d25d', '#ff9a8f', '#c8c8c8'],
};

export const hueOf = (i: number, scheme: 'light' | 'dark') =>
  hues[scheme][i % hues.light.length] ?? hues[scheme][0] ?? '';

// Chart draws counts over time. It is a picture: whoever shows it gives the
// same numbers as a table too.
export function Chart({ label, times, series, kind, height = 120, onSelect }: Props) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const host = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const { zone } = useZone();
  const select = useRef(onSelect);
  select.current = onSelect;
  useEffect(() => {
    const node = host.current;
    if (!node || width === 0) return;
    const style = getComputedStyle(document.documentElement);
    const dim = style.getPropertyValue('--nj-dim').trim();
    const line = style.getPropertyValue('--nj-line').trim();
    const axis = {
      stroke: dim,
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line, width: 1 },
      font: '11px system-ui',
    };
    const bucket = times.length > 1 ? (times[1] ?? 0) - (times[0] ?? 0) : 60_000;
    const longest = (times.at(-1) ?? 0) - (times[0] ?? 0);
    const bars = uPlot.paths.bars?.({ size: [0.9, 60], align: 1 });
    const plot = new uPlot(
      {
        width,
        height,
        ms: 1,
        legend: { show: kind === 'line' && series.length > 1, live: false },
        cursor: { y: false, drag: { x: onSelect !== undefined, y: false, setScale: false } },
        scales: {
          x: {
            time: false,
            range: (_u, min, max) => [min, kind === 'bars' ? max + bucket : max === min ? max + 1 : max],
          },
          y: { range: (_u, _min, max) => [0, Math.max(1, max * 1.05)] },
        },
        axes: [
          {
            ...axis,
            space: 90,
            size: 26,
            values: (_u, ticks) =>
              ticks.map((t) =>
                longest > 2 * 86_400_000
                  ? formatTime(t, zone, 'day').slice(5)
                  : formatTime(t, zone, 'clock').slice(0, 5),
              ),
            incrs: [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200].map((m) => m * 60_000),
          },
          {
            ...axis,
            size: 48,
            values: (_u, ticks) =>
              ticks.map((t) => (t % 1 === 0 ? t.toLocaleString('en', { notation: 'compact' }) : '')),
          },
        ],
        series: [
          {},
          ...series.map((s, i) => {
            const hue = hueOf(i, scheme);
            return {
              label: s.name,
              stroke: hue,
              width: kind === 'bars' ? 0 : 1.5,
              fill: kind === 'bars' ? hue : undefined,
              paths: kind === 'bars' ? bars : undefined,
              dash: i === 0 || kind === 'bars' ? undefined : [2 + i * 2, i + 1],
              points: { show: kind === 'line' && times.length < 3 },
            };
          }),
        ],
        hooks: {
          setSelect: [
            (u) => {
              if (u.select.width < 4) return;
              const [from, to] = [u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x')];
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              select.current?.(Math.floor(from / 1000) * 1000, Math.ceil(to / 1000) * 1000);
            },
          ],
        },
      },
      [times, ...series.map((s) => s.values)],
      node,
    );
    return () => plot.destroy();
  }, [width, height, times, series, kind, scheme, zone, onSelect]);
  return (
    <div ref={ref} style={{ minHeight: height }}>
      <div ref={host} role="img" aria-label={label} />
    </div>
  );
}
