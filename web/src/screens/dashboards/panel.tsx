import { ActionIcon, Menu, Text, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Chart } from '../../parts/chart';
import { curl, queryCommand } from '../../parts/command';
import { write } from '../../parts/copy';
import { Icon } from '../../parts/icon';
import { Answer } from '../../parts/state';
import { text } from '../../text';
import type { Span } from '../../time/span';
import { AnswerTable } from '../query/answer';
import { barsOf, linesOf, numberOf } from './shape';

const t = text.dashboards;

type Props = { panel: Schemas['Panel']; span: Span; tenant: string[] | undefined };

// PanelView asks a panel's question about the span of the dashboard.
export function PanelView({ panel, span, tenant }: Props) {
  const [table, setTable] = useState(false);
  const navigate = useNavigate();
  const body: Schemas['QueryRequest'] = {
    sql: panel.sql,
    from: span.from,
    to: span.to,
    limit: 5000,
    format: 'json',
    ...(tenant ? { tenants: tenant } : {}),
  };
  const query = useQuery({
    queryKey: ['panel', body],
    queryFn: async ({ signal }) => (await take(api.POST('/api/v1/query', { body, signal }))) as Schemas['QueryAnswer'],
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
  const size = { '--nj-columns': panel.width ?? 6, '--nj-rows': panel.height ?? 3 } as React.CSSProperties;
  const chart = panel.kind === 'line' || panel.kind === 'bar';
  return (
    <section className="nj-panel" aria-label={panel.title} style={size}>
      <div style={{ display: 'flex', justifyContent: 'space-between', gap: 8 }}>
        <Title order={2} fz="sm" className="nj-cut" title={panel.title}>
          {panel.title}
        </Title>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`${text.action.more}: ${panel.title}`}>
              <Icon name="more" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {chart && <Menu.Item onClick={() => setTable(!table)}>{table ? t.asChart : t.asTable}</Menu.Item>}
            <Menu.Item onClick={() => navigate({ to: '/query', search: { sql: panel.sql, ...span, tenant } })}>
              {t.open}
            </Menu.Item>
            <Menu.Item onClick={() => void write(panel.sql)}>{text.action.copyThis(text.query.copy.sql)}</Menu.Item>
            <Menu.Item onClick={() => void write(queryCommand(panel.sql, tenant, span))}>
              {text.action.copyThis(text.query.copy.cli)}
            </Menu.Item>
            <Menu.Item onClick={() => void write(curl('POST', '/api/v1/query', body))}>
              {text.action.copyThis(text.query.copy.curl)}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {panel.text && (
        <Text size="xs" c="dimmed">
          {panel.text}
        </Text>
      )}
      <div
        aria-busy={query.isPlaceholderData}
        style={{ flex: 1, minHeight: 0, overflow: 'hidden', opacity: query.isPlaceholderData ? 0.5 : 1 }}
      >
        <Answer of={query}>
          {(answer) =>
            answer.rows.length === 0 ? (
              <Text c="dimmed">{t.empty}</Text>
            ) : (
              <Content panel={panel} answer={answer} table={table} />
            )
          }
        </Answer>
      </div>
    </section>
  );
}

function Content({
  panel,
  answer,
  table,
}: {
  panel: Schemas['Panel'];
  answer: Schemas['QueryAnswer'];
  table: boolean;
}) {
  if (table || panel.kind === 'table') return <AnswerTable answer={answer} label={panel.title} height="100%" />;
  if (panel.kind === 'line') return <Lines answer={answer} label={panel.title} />;
  if (panel.kind === 'bar') return <Bars answer={answer} label={panel.title} />;
  return (
    <Text fz={32} fw={600} lh={1.2}>
      {numberOf(answer.rows[0]?.[0]).toLocaleString('en')}
    </Text>
  );
}

function Lines({ answer, label }: { answer: Schemas['QueryAnswer']; label: string }) {
  const { times, series } = useMemo(() => linesOf(answer), [answer]);
  const { ref, height } = useElementSize<HTMLDivElement>();
  const tall = Math.max(96, height - (series.length > 1 ? 28 : 0));
  return (
    <div ref={ref} style={{ height: '100%', minHeight: 120 }}>
      <Chart label={label} times={times} series={series} kind="line" height={tall} />
    </div>
  );
}

function Bars({ answer, label }: { answer: Schemas['QueryAnswer']; label: string }) {
  const bars = barsOf(answer);
  const most = Math.max(1, ...bars.map((b) => b.value));
  return (
    <section className="nj-list" style={{ maxHeight: '100%', border: 0 }} aria-label={label} tabIndex={0}>
      <table aria-label={label}>
        <tbody>
          {bars.map((b) => (
            <tr key={b.name}>
              <td title={b.name}>
                <span
                  className="nj-rail nj-cut"
                  style={{ backgroundSize: `${(b.value / most) * 100}% 100%`, display: 'block' }}
                >
                  {b.name || text.search.empty}
                </span>
              </td>
              <td style={{ width: 84, textAlign: 'right' }}>{b.value.toLocaleString('en')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
