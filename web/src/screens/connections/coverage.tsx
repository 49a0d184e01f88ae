import { Group, Stack, Table, Text, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Severity } from '../../parts/severity';
import { Answer } from '../../parts/state';
import { Time } from '../../parts/time';
import { text } from '../../text';
import { formatTime } from '../../time/format';
import { hour } from '../../time/span';
import { useZone } from '../../time/zone';
import { type Cell, cellsOf, type Heat } from './hours';

const t = text.connections.coverage;
const names = text.connections.feedName;

export function CoverageTab({ tenant }: { tenant: string }) {
  const query = useQuery({
    queryKey: ['coverage', tenant],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/connections/{tenant}/coverage', { params: { path: { tenant } }, signal })),
    refetchInterval: 30_000,
  });
  return (
    <Answer of={query}>
      {(coverage) => (
        <Stack gap="lg">
          <div>
            <Title order={2}>{t.title}</Title>
            <Text c="dimmed">{t.text}</Text>
          </div>
          <HeatMap coverage={coverage} />
          <Totals coverage={coverage} />
          <Gaps coverage={coverage} />
          <Quarantine coverage={coverage} />
        </Stack>
      )}
    </Answer>
  );
}

type Of = { coverage: Schemas['Coverage'] };

const [height, gap, left, top] = [22, 1, 164, 20];

// HeatMap draws a row for each feed and a cell for each hour. The tables below
// it say the same in numbers, so that it may be a picture.
function HeatMap({ coverage }: Of) {
  const { zone } = useZone();
  const { ref, width: room } = useElementSize<HTMLElement>();
  const rows = coverage.feeds.map((f) => ({ feed: f.feed, cells: cellsOf(f, coverage.from, coverage.to) }));
  const hours = rows[0]?.cells ?? [];
  // As wide as there is room; on a phone it scrolls.
  const width = Math.max(4, (room - left) / Math.max(1, hours.length) - gap);
  const full = left + hours.length * (width + gap);
  const cliff = Date.parse(coverage.cliff);
  const days = hours.filter((c) => formatTime(new Date(c.at), zone, 'clock').startsWith('00:'));
  const x = (at: number) => left + ((at - (hours[0]?.at ?? 0)) / hour) * (width + gap);
  return (
    <Stack gap="sm">
      <section ref={ref} style={{ overflowX: 'auto', overflowY: 'hidden' }} aria-label={t.title} tabIndex={0}>
        <svg
          role="img"
          aria-label={t.title}
          width={full}
          height={top + rows.length * (height + 4)}
          fontSize="12"
          fill="currentColor"
        >
          {days.map((d) => (
            <Fragment key={d.at}>
              <text x={x(d.at) + 2} y={12}>
                {formatTime(new Date(d.at), zone, 'day').slice(5)}
              </text>
              <line
                x1={x(d.at) - 0.5}
                x2={x(d.at) - 0.5}
                y1={4}
                y2={top + rows.length * (height + 4)}
                stroke="var(--nj-line)"
              />
            </Fragment>
          ))}
          {rows.map((row, i) => (
            <g key={row.feed} transform={`translate(0 ${top + i * (height + 4)})`}>
              <text x={0} y={15}>
                {names[row.feed]}
              </text>
              {row.cells.map((cell) => (
                <CellMark
                  key={cell.at}
                  cell={cell}
                  x={x(cell.at)}
                  wide={width}
                  title={t.cell(names[row.feed], formatTime(new Date(cell.at), zone, 'minute'), describe(cell))}
                />
              ))}
            </g>
          ))}
          {hours.length > 0 && cliff > (hours[0]?.at ?? 0) && (
            <line x1={x(cliff)} x2={x(cliff)} y1={0} y2="100%" stroke="currentColor" strokeDasharray="3 3">
              <title>{t.cliff}</title>
            </line>
          )}
        </svg>
      </section>
      <Group gap="md" aria-hidden="true">
        {(Object.keys(t.legend) as Heat[]).map((heat) => (
          <Group key={heat} gap={6}>
            <svg aria-hidden="true" width={14} height={height}>
              <Shape heat={heat} x={2} wide={10} />
            </svg>
            <Text size="xs">{t.legend[heat]}</Text>
          </Group>
        ))}
      </Group>
    </Stack>
  );
}

function CellMark({ cell, x, wide, title }: { cell: Cell; x: number; wide: number; title: string }) {
  return (
    <g>
      <title>{title}</title>
      <Shape heat={cell.heat} x={x} wide={wide} />
    </g>
  );
}

// Shape differs by height as well as by colour: full for stored, half for
// waiting, full with a notch for lost, a low line for nothing.
function Shape({ heat, x, wide }: { heat: Heat; x: number; wide: number }) {
  const tall = heat === 'none' ? 4 : heat === 'part' ? height / 2 : height;
  return (
    <>
      <rect x={x} y={0} width={wide} height={height} fill="transparent" />
      <rect x={x} y={height - tall} width={wide} height={tall} fill={`var(--nj-heat-${heat})`} />
      {heat === 'lost' && <path d={`M${x} 0h${wide}L${x + wide / 2} ${wide}z`} fill="var(--nj-panel)" />}
    </>
  );
}

function describe(cell: Cell): string {
  const h = cell.hour;
  if (!h || cell.heat === 'none') return t.nothing;
  const parts = [t.counts(h.done, h.listed, h.stored)];
  if (h.pending > 0) parts.push(t.waiting(h.pending));
  if (h.quarantined > 0) parts.push(t.quarantined(h.quarantined));
  if (h.lost > 0) parts.push(t.lost(h.lost));
  return parts.join(', ');
}

function Totals({ coverage }: Of) {
  const n = (v: number) => v.toLocaleString('en');
  return (
    <div>
      <Title order={2}>{t.totals}</Title>
      <Table.ScrollContainer minWidth={640} type="native" role="group" aria-label={t.totals}>
        <Table aria-label={t.totals}>
          <Table.Thead>
            <Table.Tr>
              {Object.entries(t.columns).map(([key, title]) => (
                <Table.Th key={key} ta={key === 'feed' ? undefined : 'right'}>
                  {title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {coverage.feeds.map(({ feed, total }) => (
              <Table.Tr key={feed}>
                <Table.Th scope="row">{names[feed]}</Table.Th>
                <Table.Td ta="right">{n(total.listed)}</Table.Td>
                <Table.Td ta="right">{n(total.done)}</Table.Td>
                <Table.Td ta="right">{n(total.pending)}</Table.Td>
                <Table.Td ta="right">
                  {total.quarantined > 0 ? <Severity tone="warning">{n(total.quarantined)}</Severity> : 0}
                </Table.Td>
                <Table.Td ta="right">
                  {total.lost > 0 ? <Severity tone="critical">{n(total.lost)}</Severity> : 0}
                </Table.Td>
                <Table.Td ta="right">{n(total.stored)}</Table.Td>
                <Table.Td ta="right">{n(total.duplicates)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </div>
  );
}

function Gaps({ coverage }: Of) {
  const gaps = coverage.feeds.flatMap((f) => f.gaps);
  return (
    <div>
      <Title order={2}>{t.gaps}</Title>
      {gaps.length === 0 ? (
        <Text>{t.noGaps}</Text>
      ) : (
        <Table.ScrollContainer minWidth={640} type="native" role="group" aria-label={t.gaps}>
          <Table aria-label={t.gaps}>
            <Table.Thead>
              <Table.Tr>
                {Object.values(t.gapColumns).map((c) => (
                  <Table.Th key={c}>{c}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {gaps.map((g) => (
                <Table.Tr key={`${g.feed} ${g.from} ${g.content_id ?? ''}`}>
                  <Table.Td>{names[g.feed]}</Table.Td>
                  <Table.Td>
                    <Time value={g.from} />
                  </Table.Td>
                  <Table.Td>
                    <Time value={g.to} />
                  </Table.Td>
                  <Table.Td>{g.reason}</Table.Td>
                  <Table.Td>
                    <Time value={g.detected} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </div>
  );
}

function Quarantine({ coverage }: Of) {
  const kept = coverage.feeds.flatMap((f) => f.quarantine);
  if (kept.length === 0) return null;
  return (
    <div>
      <Title order={2}>{t.quarantine}</Title>
      <Text c="dimmed">{t.quarantineText}</Text>
      <Table aria-label={t.quarantine}>
        <Table.Tbody>
          {kept.map((q) => (
            <Table.Tr key={q.content_id}>
              <Table.Td>
                <Time value={q.added} />
              </Table.Td>
              <Table.Td>{q.reason}</Table.Td>
              <Table.Td className="nj-mono">{q.path}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
