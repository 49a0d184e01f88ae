import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { Schemas } from '../../api/client';
import { text } from '../../text';
import { formatTime } from '../../time/format';
import { useZone } from '../../time/zone';

const rowHeight = 28;

type Props = { answer: Schemas['QueryAnswer']; label?: string; height?: number | string };

// AnswerTable shows the rows of an answer, only those that are in sight.
export function AnswerTable({ answer, label, height = 'max(320px, calc(100vh - 480px))' }: Props) {
  const { zone } = useZone();
  const box = useRef<HTMLDivElement>(null);
  const { columns, rows } = answer;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 20,
  });
  const seen = virtual.getVirtualItems();
  const before = seen[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (seen.at(-1)?.end ?? 0);
  const name = label ?? text.query.result;
  const wide = Math.max(480, columns.length * 120);
  return (
    <section ref={box} className="nj-list" aria-label={name} tabIndex={0} style={{ maxHeight: height }}>
      <table
        aria-label={name}
        aria-rowcount={rows.length + 1}
        style={{ minWidth: columns.length > 5 ? wide : undefined }}
      >
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((c) => (
              <th key={c.name} scope="col" style={{ textAlign: numeric(c.type) ? 'right' : 'left' }} title={c.type}>
                {c.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Space columns={columns.length} height={before} />}
          {seen.map((row) => (
            <tr key={row.index} aria-rowindex={row.index + 2}>
              {columns.map((c, i) => {
                const value = show(rows[row.index]?.[i], c.type, zone);
                return (
                  <td key={c.name} title={value} style={{ textAlign: numeric(c.type) ? 'right' : 'left' }}>
                    {value}
                  </td>
                );
              })}
            </tr>
          ))}
          {after > 0 && <Space columns={columns.length} height={after} />}
        </tbody>
      </table>
    </section>
  );
}

function Space({ columns, height }: { columns: number; height: number }) {
  return (
    <tr>
      <td colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

export const numeric = (type: string) => /INT|DOUBLE|FLOAT|DECIMAL|NUMERIC/i.test(type);
export const temporal = (type: string) => /TIMESTAMP|DATETIME/i.test(type);

export function show(value: unknown, type: string, zone: 'local' | 'utc'): string {
  if (value === null || value === undefined) return '';
  if (temporal(type) && typeof value === 'string') return formatTime(value, zone);
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en') : String(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
