import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import type { Schemas } from '../../api/client';
import { typing } from '../../shell/keys';
import { text } from '../../text';
import { formatTime, offsetOf } from '../../time/format';
import { useZone } from '../../time/zone';
import { writeEvent } from './record';

const t = text.search;

type Event = Schemas['Event'];

type Props = {
  items: Event[];
  stale: boolean;
  more: (() => void) | undefined;
  end: boolean;
  wide: boolean;
  current: string | undefined;
  open: (event: string) => void;
};

const rowHeight = 28;

const columns: { field: keyof Event; width: string; phone: boolean }[] = [
  { field: 'time', width: '160px', phone: true },
  { field: 'user_id', width: '24%', phone: true },
  { field: 'operation', width: '24%', phone: true },
  { field: 'client_ip', width: '120px', phone: false },
  { field: 'country', width: '110px', phone: false },
  { field: 'object_id', width: '16%', phone: false },
  { field: 'result', width: '90px', phone: false },
];

// EventTable shows only the rows that are in sight, however many there are,
// and asks for more when the end comes near.
export function EventTable({ items, stale, more, end, wide, current, open }: Props) {
  const { zone } = useZone();
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);
  const shown = columns.filter((c) => wide || c.phone);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 20,
  });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= items.length - 60) more();
  }, [last, items.length, more]);
  useEffect(() => {
    const listen = (e: KeyboardEvent) => {
      const by = step(e, box.current);
      if (by === 0) return;
      e.preventDefault();
      const open_ = current === undefined ? -1 : items.findIndex((i) => writeEvent(i) === current);
      const from = open_ >= 0 ? open_ : at;
      const next = Math.min(items.length - 1, Math.max(0, from + by));
      setAt(next);
      virtual.scrollToIndex(next);
      const item = items[next];
      if (open_ >= 0 && item) open(writeEvent(item));
      else requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`tr[data-row="${next}"]`)?.focus());
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [items, at, current, open, virtual]);
  const before = rows[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (rows.at(-1)?.end ?? 0);
  return (
    <section
      ref={box}
      className="nj-list"
      aria-label={t.results}
      aria-busy={stale}
      tabIndex={0}
      style={{ height: 'max(360px, calc(100vh - 420px))', opacity: stale ? 0.5 : 1 }}
    >
      <table aria-label={t.results} aria-rowcount={end ? items.length + 1 : -1}>
        <colgroup>
          {shown.map((c) => (
            <col key={c.field} style={{ width: wide ? c.width : undefined }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {shown.map((c) => (
              <th key={c.field} scope="col">
                {t.field[c.field]}
                {c.field === 'time' && items[0] && (
                  <span className="nj-dim"> {offsetOf(new Date(items[0].time), zone)}</span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr>
              <td colSpan={shown.length} style={{ height: before, padding: 0, border: 0 }} />
            </tr>
          )}
          {rows.map((row) => {
            const e = items[row.index];
            if (!e) return null;
            const name = writeEvent(e);
            const when = wide ? formatTime(e.time, zone).replace(/ \S+$/, '') : formatTime(e.time, zone, 'clock');
            return (
              <tr
                key={name}
                data-row={row.index}
                data-current={row.index === at || name === current || undefined}
                aria-rowindex={row.index + 2}
                tabIndex={-1}
                onClick={() => open(name)}
                onFocus={() => setAt(row.index)}
                onKeyDown={(k) => k.key === 'Enter' && k.target === k.currentTarget && open(name)}
              >
                {shown.map((c, i) => (
                  <td key={c.field} title={i === 0 ? undefined : String(e[c.field] ?? '')}>
                    {i === 0 ? (
                      <button
                        type="button"
                        className="nj-plain"
                        // One stop for the whole list: behind it waits what comes after the list.
                        tabIndex={row.index === Math.max(0, at) ? 0 : -1}
                        aria-label={t.openEvent(`${when} ${e.operation}`)}
                      >
                        {when}
                      </button>
                    ) : (
                      cell(e, c.field)
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
          {after > 0 && (
            <tr>
              <td colSpan={shown.length} style={{ height: after, padding: 0, border: 0 }} />
            </tr>
          )}
          <tr>
            <td colSpan={shown.length} className="nj-dim">
              {end ? t.end : t.more}
            </td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}

// step is how far a key moves in the list: j and k from wherever one is, the
// arrows when the focus is in it.
function step(e: KeyboardEvent, box: HTMLElement | null): number {
  if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return 0;
  const inside = e.target instanceof Element && box?.contains(e.target) && e.target !== box;
  if (e.key === 'j' || (inside && e.key === 'ArrowDown')) return 1;
  if (e.key === 'k' || (inside && e.key === 'ArrowUp')) return -1;
  return 0;
}

function cell(e: Event, field: keyof Event): string {
  if (field === 'country') return e.city && e.country ? `${e.country} ${e.city}` : e.country;
  return String(e[field] ?? '');
}
