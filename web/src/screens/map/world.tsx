import { ActionIcon, Group, Loader, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { geoEqualEarth, geoPath } from 'd3-geo';
import { useMemo, useRef, useState } from 'react';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import atlas from 'world-atlas/countries-110m.json?url';
import type { Schemas } from '../../api/client';
import { Icon } from '../../parts/icon';
import { text } from '../../text';
import { markOf } from './layer';

const t = text.map;
const [width, height] = [960, 468];

type Place = Schemas['SigninPlace'];
type View = { x: number; y: number; scale: number };
const whole: View = { x: 0, y: 0, scale: 1 };

export const placeKey = (p: Place) => `${p.country} ${p.city} ${p.lat} ${p.lon} ${p.layer}`;

type Props = {
  places: Place[];
  current?: string | undefined;
  hover?: (key: string | undefined) => void;
  open: (place: Place) => void;
  controls?: boolean;
};

// idle waits until the browser has nothing better to do: the outlines are a
// seventh of the console's first load, and nobody needs them to go on.
const idle = () =>
  new Promise<void>((done) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => done(), { timeout: 2_000 });
    else setTimeout(done, 200);
  });

// World draws the places on a map that comes with the console: no tile, no
// font and no address leaves this machine.
export function World({ places, current, hover, open, controls = true }: Props) {
  const [view, setView] = useState<View>(whole);
  const drag = useRef<{ x: number; y: number; view: View; moved: boolean }>(undefined);
  const dragged = useRef(false); // the click that ends a drag opens nothing
  const projection = useMemo(
    () =>
      geoEqualEarth().fitExtent(
        [
          [4, 4],
          [width - 4, height - 4],
        ],
        { type: 'Sphere' },
      ),
    [],
  );
  const land = useQuery({
    queryKey: ['atlas'],
    queryFn: async () => {
      await idle();
      return (await (await fetch(atlas)).json()) as Topology<{ countries: GeometryCollection }>;
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  const coast = useMemo(() => {
    if (!land.data) return '';
    return geoPath(projection).digits(1)(feature(land.data, land.data.objects.countries)) ?? '';
  }, [land.data, projection]);
  const marks = useMemo(() => {
    const most = Math.max(1, ...places.map((p) => p.count));
    return places
      .flatMap((p) => {
        // A country without coordinates is in the table alone.
        const at = p.lon === undefined || p.lat === undefined ? null : projection([p.lon, p.lat]);
        return at ? [{ place: p, key: placeKey(p), x: at[0], y: at[1], r: 3 + 11 * Math.sqrt(p.count / most) }] : [];
      })
      .sort((a, b) => b.r - a.r);
  }, [places, projection]);
  const zoom = (by: number, at: [number, number] = [width / 2, height / 2]) =>
    setView((v) => {
      const scale = Math.min(16, Math.max(1, v.scale * by));
      const k = scale / v.scale;
      return within({ scale, x: at[0] - (at[0] - v.x) * k, y: at[1] - (at[1] - v.y) * k });
    });
  const signins = places.reduce((n, p) => n + p.count, 0);
  return (
    <div style={{ position: 'relative' }}>
      <svg
        className="nj-world"
        role="img"
        aria-label={t.picture(places.length, signins)}
        viewBox={`0 0 ${width} ${height}`}
        onPointerDown={(e) => {
          drag.current = { x: e.clientX, y: e.clientY, view, moved: false };
        }}
        onPointerMove={(e) => {
          const d = drag.current;
          if (!d || view.scale === 1) return;
          const unit = width / e.currentTarget.clientWidth;
          const [dx, dy] = [(e.clientX - d.x) * unit, (e.clientY - d.y) * unit];
          if (Math.abs(dx) + Math.abs(dy) > 4) d.moved = true;
          if (d.moved) setView(within({ ...d.view, x: d.view.x + dx, y: d.view.y + dy }));
        }}
        onPointerUp={() => {
          dragged.current = drag.current?.moved ?? false;
          drag.current = undefined;
        }}
        onPointerLeave={() => {
          drag.current = undefined;
        }}
        onDoubleClick={(e) => {
          const box = e.currentTarget.getBoundingClientRect();
          zoom(2, [((e.clientX - box.left) / box.width) * width, ((e.clientY - box.top) / box.height) * height]);
        }}
      >
        <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
          <path className="land" d={coast} />
          {marks.map((m) => (
            // biome-ignore lint/a11y/noStaticElementInteractions: the table beside the map does the same by keyboard
            <path
              key={m.key}
              data-place={m.key}
              className={`nj-dot ${m.place.layer} ${m.key === current ? 'current' : ''}`}
              transform={`translate(${m.x} ${m.y}) scale(${1 / view.scale})`}
              d={markOf[m.place.layer](m.r)}
              onClick={() => !dragged.current && open(m.place)}
              onPointerEnter={() => hover?.(m.key)}
              onPointerLeave={() => hover?.(undefined)}
            >
              <title>{`${[m.place.city, m.place.country].filter(Boolean).join(', ')}: ${m.place.count.toLocaleString('en')} · ${t.layer[m.place.layer]}`}</title>
            </path>
          ))}
        </g>
      </svg>
      {land.isPending && <Loader size="sm" style={{ position: 'absolute', top: 12, left: 12 }} />}
      {controls && (
        <Group gap={4} style={{ position: 'absolute', right: 8, bottom: 8 }}>
          <Zoom label={t.zoomIn} icon="plus" act={() => zoom(1.6)} />
          <Zoom label={t.zoomOut} icon="minus" act={() => zoom(1 / 1.6)} />
          <Zoom label={t.reset} icon="map" act={() => setView(whole)} />
        </Group>
      )}
    </div>
  );
}

// within keeps the map in its frame.
function within(v: View): View {
  return {
    scale: v.scale,
    x: Math.min(0, Math.max(width - width * v.scale, v.x)),
    y: Math.min(0, Math.max(height - height * v.scale, v.y)),
  };
}

function Zoom({ label, icon, act }: { label: string; icon: 'plus' | 'minus' | 'map'; act: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" aria-label={label} onClick={act}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}
