import { useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useImperativeHandle, useRef } from 'react';
import { Age } from '../../parts/time';
import { useMe } from '../../session/me';
import { alerts as t } from '../../text/alerts';
import { Level } from './level';
import type { Alert } from './query';
import { useRowFocus } from './rowfocus';
import { StatusOf } from './status';

const rowHeight = 52;

export type TableHandle = { focus: (index: number) => void; inside: () => boolean };

type Props = {
  rows: Alert[];
  gone: ReadonlySet<string>;
  at: string | undefined;
  selected: ReadonlySet<string>;
  stale: boolean;
  wide: boolean;
  end: boolean;
  more: (() => void) | undefined;
  cursor: (id: string) => void;
  toggle: (id: string) => void;
  open: (id: string) => void;
  hover: (over: boolean) => void;
  handle: RefObject<TableHandle | null>;
};

// AlertTable shows the rows that are in sight, however many there are. The row
// under the cursor has the focus, so that it is read out.
export function AlertTable(p: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { me } = useMe();
  const tenants = me.tenants.length > 1;
  const virtual = useVirtualizer({
    count: p.rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    getItemKey: (i) => p.rows[i]?.id ?? i,
    overscan: 12,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const { more } = p;
  useEffect(() => {
    if (more && last >= p.rows.length - 40) more();
  }, [last, p.rows.length, more]);
  const { hear, ...handle } = useRowFocus(box, p.rows, p.at, virtual.scrollToIndex);
  useImperativeHandle(p.handle, () => handle);
  const columns = 4 + (p.wide ? 2 : 0) + (p.wide && tenants ? 1 : 0) - (p.wide ? 0 : 1);
  const before = shown[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const stop = p.at !== undefined && p.rows.some((a) => a.id === p.at) ? p.at : p.rows[0]?.id;
  return (
    <section
      ref={box}
      className="nj-list"
      aria-label={t.list}
      aria-busy={p.stale}
      tabIndex={0}
      {...hear}
      onPointerEnter={() => p.hover(true)}
      onPointerLeave={() => p.hover(false)}
      style={{ height: 'max(320px, calc(100vh - 300px))', opacity: p.stale ? 0.5 : 1 }}
    >
      <table aria-label={t.list} aria-rowcount={p.end ? p.rows.length + 1 : -1}>
        <colgroup>
          <col style={{ width: 40 }} />
          <col style={{ width: p.wide ? 116 : 92 }} />
          <col />
          {p.wide && <col style={{ width: 76 }} />}
          {p.wide && <col style={{ width: 132 }} />}
          {p.wide && tenants && <col style={{ width: 120 }} />}
          {p.wide && <col style={{ width: 150 }} />}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">
              <span className="nj-hidden">{t.columns.mark}</span>
            </th>
            <th scope="col">{t.columns.severity}</th>
            <th scope="col">{t.columns.reason}</th>
            {p.wide && <th scope="col">{t.columns.count}</th>}
            {p.wide && <th scope="col">{t.columns.last}</th>}
            {p.wide && tenants && <th scope="col">{t.columns.tenant}</th>}
            {p.wide && <th scope="col">{t.columns.status}</th>}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Room height={before} columns={columns} />}
          {shown.map((row) => {
            const a = p.rows[row.index];
            if (!a) return null;
            const marked = p.selected.has(a.id);
            const dim = p.gone.has(a.id) || a.status === 'closed';
            const tab = a.id === stop ? 0 : -1;
            return (
              <tr
                key={a.id}
                data-row={row.index}
                data-alert={a.id}
                data-status={a.status}
                data-reason={a.reason}
                data-current={a.id === p.at || undefined}
                aria-rowindex={row.index + 2}
                tabIndex={-1}
                style={{ height: rowHeight }}
                onClick={() => p.open(a.id)}
                onFocus={() => p.cursor(a.id)}
              >
                <td>
                  <button
                    type="button"
                    className="nj-plain"
                    tabIndex={tab}
                    aria-pressed={marked}
                    aria-label={t.select(a.id)}
                    onClick={(e) => {
                      e.stopPropagation();
                      p.toggle(a.id);
                    }}
                  >
                    {marked ? '☑' : '☐'}
                  </button>
                </td>
                <td>
                  <Level of={a.severity} />
                  {p.wide && <div className="nj-dim nj-cut">{a.id}</div>}
                </td>
                <td title={a.reason} className={dim ? 'nj-dim' : undefined}>
                  <button
                    type="button"
                    className="nj-plain nj-cut"
                    tabIndex={tab}
                    aria-label={t.show(`${a.id}: ${a.reason}`)}
                  >
                    {a.reason}
                  </button>
                  <div className="nj-dim nj-cut">
                    {p.wide ? (
                      <>
                        {a.title}
                        {a.entities.length > 0 && ` · ${a.entities.map((e) => e.value).join(', ')}`}
                      </>
                    ) : (
                      <>
                        <StatusOf alert={a} gone={p.gone.has(a.id)} /> · <Age value={a.last} />
                      </>
                    )}
                  </div>
                </td>
                {p.wide && <td>{a.count.toLocaleString('en')}</td>}
                {p.wide && (
                  <td>
                    <Age value={a.last} />
                    <div className="nj-dim nj-cut">
                      {t.columns.first} <Age value={a.first} />
                    </div>
                  </td>
                )}
                {p.wide && tenants && <td className="nj-cut">{a.tenant}</td>}
                {p.wide && (
                  <td>
                    <StatusOf alert={a} gone={p.gone.has(a.id)} />
                    <div className="nj-dim nj-cut">{a.assignee_name ?? a.assignee ?? ''}</div>
                  </td>
                )}
              </tr>
            );
          })}
          {after > 0 && <Room height={after} columns={columns} />}
          <tr>
            <td colSpan={columns} className="nj-dim">
              {p.end ? t.end : t.more}
            </td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}

function Room({ height, columns }: { height: number; columns: number }) {
  return (
    <tr>
      <td colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}
