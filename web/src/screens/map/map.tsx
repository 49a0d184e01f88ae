import { Checkbox, Group, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Attributions } from '../../parts/attributions';
import { Chart } from '../../parts/chart';
import { Page, Panel } from '../../parts/page';
import { SpanPicker } from '../../parts/spanpicker';
import { Answer, Empty } from '../../parts/state';
import { TenantPicker } from '../../parts/tenantpicker';
import { text } from '../../text';
import { useClock } from '../../time/clock';
import { iso } from '../../time/format';
import { day, hasSpan, lastSpan, type Span } from '../../time/span';
import { type Layer, type Look, layers } from './address';
import { LayerMark } from './layer';
import { eventsOf, placeName } from './link';
import { placeKey, World } from './world';

const t = text.map;

export function SigninMap() {
  const look = useSearch({ from: '/shell/map' });
  const navigate = useNavigate({ from: '/map' });
  const clock = useClock();
  const span: Span = hasSpan(look) ? look : lastSpan(7 * day, clock.now());
  const change = (part: Partial<Look>) => navigate({ search: (now) => ({ ...now, ...part }) });
  const query = useQuery({
    queryKey: ['places', span.from, span.to, look.tenant],
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/signins/places', {
          params: { query: { from: span.from, to: span.to, tenant: look.tenant } },
          signal,
        }),
      ),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
  const off = look.off ?? [];
  const toggle = (layer: Layer, on: boolean) => {
    const next = layers.filter((l) => (l === layer ? !on : off.includes(l)));
    void change({ off: next.length > 0 ? next : undefined });
  };
  const brush = (
    <Brush span={span} tenant={look.tenant} onSelect={(from, to) => change({ from: iso(from), to: iso(to) })} />
  );
  return (
    <Page
      title={t.title}
      actions={
        <>
          <TenantPicker value={look.tenant} onChange={(tenant) => change({ tenant })} />
          <SpanPicker span={span} onChange={change} />
        </>
      }
    >
      <Group gap="lg" role="group" aria-label={t.layers}>
        {layers.map((l) => (
          <Checkbox
            key={l}
            label={<LayerMark layer={l} />}
            checked={!off.includes(l)}
            onChange={(e) => toggle(l, e.currentTarget.checked)}
          />
        ))}
      </Group>
      <Answer of={query}>
        {(places) => (
          <div aria-busy={query.isPlaceholderData} style={{ opacity: query.isPlaceholderData ? 0.5 : 1 }}>
            <Places places={places} off={off} span={span} tenant={look.tenant} brush={brush} />
          </div>
        )}
      </Answer>
    </Page>
  );
}

type PlacesProps = {
  places: Schemas['Places'];
  off: Layer[];
  span: Span;
  tenant: string[] | undefined;
  brush: React.ReactNode;
};

function Places({ places, off, span, tenant, brush }: PlacesProps) {
  const navigate = useNavigate();
  const [current, setCurrent] = useState<string>();
  const shown = useMemo(() => places.items.filter((p) => !off.includes(p.layer)), [places.items, off]);
  const sources = useMemo(() => [...new Set(places.items.flatMap((p) => p.source || []))].sort(), [places.items]);
  return (
    <div className="nj-map">
      <Stack gap="md" miw={0}>
        <Panel label={t.title}>
          <World
            places={shown}
            current={current}
            hover={setCurrent}
            open={(p) => void navigate({ to: '/search', search: eventsOf(p, span, tenant) })}
          />
          <Text size="xs" c="dimmed" mt="xs">
            {sources.length > 0 && `${t.sources(sources)} `}
            {t.attribution}
          </Text>
          <Attributions of={places.attributions} />
        </Panel>
        {brush}
      </Stack>
      <Stack gap="sm" miw={0}>
        <Panel title={t.table}>
          {shown.length === 0 ? (
            <Empty title={t.none}>{t.noneText}</Empty>
          ) : (
            <section className="nj-list" aria-label={t.table} tabIndex={0} style={{ maxHeight: 420 }}>
              <table aria-label={t.table}>
                <thead>
                  <tr>
                    <th scope="col">{t.columns.place}</th>
                    <th scope="col" className="nj-layer">
                      {t.columns.layer}
                    </th>
                    <th scope="col" style={{ width: 80, textAlign: 'right' }}>
                      {t.columns.count}
                    </th>
                    <th scope="col" className="nj-wide" style={{ width: 72, textAlign: 'right' }}>
                      {t.columns.people}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map((p) => {
                    const key = placeKey(p);
                    return (
                      <tr
                        key={key}
                        data-current={key === current || undefined}
                        onPointerEnter={() => setCurrent(key)}
                        onPointerLeave={() => setCurrent(undefined)}
                      >
                        <td>
                          <Link
                            to="/search"
                            search={eventsOf(p, span, tenant)}
                            aria-label={t.show(placeName(p))}
                            onFocus={() => setCurrent(key)}
                          >
                            {placeName(p)}
                          </Link>
                        </td>
                        <td>
                          <LayerMark layer={p.layer} />
                        </td>
                        <td style={{ textAlign: 'right' }}>{p.count.toLocaleString('en')}</td>
                        <td className="nj-wide" style={{ textAlign: 'right' }}>
                          {p.people.toLocaleString('en')}
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </section>
          )}
        </Panel>
        <Unplaced all={places.unplaced} />
      </Stack>
    </div>
  );
}

// Unplaced says what is not on the map and why, rather than guessing.
export function Unplaced({ all }: { all: Schemas['Unplaced'][] }) {
  const some = all.filter((u) => u.count > 0);
  return (
    <Panel title={t.unplaced}>
      {some.length === 0 ? (
        <Text>{t.unplacedNone}</Text>
      ) : (
        <>
          <Text c="dimmed">{t.unplacedText}</Text>
          <ul style={{ margin: 0, paddingLeft: 20 }}>
            {some.map((u) => (
              <li key={u.reason}>
                {(u.text || t.reason[u.reason] || u.reason).replace(/\.$/, '')}:{' '}
                <strong>{u.count.toLocaleString('en')}</strong>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

type BrushProps = { span: Span; tenant: string[] | undefined; onSelect: (from: number, to: number) => void };

function Brush({ span, tenant, onSelect }: BrushProps) {
  const query = useQuery({
    queryKey: ['histogram', 'signins', span.from, span.to, tenant],
    queryFn: ({ signal }) =>
      take(
        api.POST('/api/v1/events/histogram', {
          body: {
            table: 'azure_ad',
            from: span.from,
            to: span.to,
            buckets: 80,
            ...(tenant ? { tenants: tenant } : {}),
            filters: [
              { field: 'operation', op: 'is', value: 'UserLoggedIn' },
              { field: 'operation', op: 'is', value: 'UserLoginFailed' },
            ],
          },
          signal,
        }),
      ),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
  const times = useMemo(() => query.data?.items.map((i) => Date.parse(i.time)) ?? [], [query.data]);
  const series = useMemo(
    () => [{ name: t.columns.count, values: query.data?.items.map((i) => i.count) ?? [] }],
    [query.data],
  );
  return (
    <Panel label={t.brush}>
      <Group justify="space-between">
        <Text fw={600}>{t.brush}</Text>
        <Text size="xs" c="dimmed">
          {t.brushHint}
        </Text>
      </Group>
      <Answer of={query}>
        {() => <Chart label={t.brush} times={times} series={series} kind="bars" height={96} onSelect={onSelect} />}
      </Answer>
    </Panel>
  );
}
