import { Accordion, Button, Group, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { DownloadMenu } from '../../parts/download';
import { Page, Panel } from '../../parts/page';
import { Answer, Empty, Failure, Loading } from '../../parts/state';
import { text } from '../../text';
import { formatTime, iso } from '../../time/format';
import { widen } from '../../time/span';
import { useZone } from '../../time/zone';
import { askedOf } from '../saved/address';
import { SavedMenu } from '../saved/menu';
import { type Filter, withFilter } from './address';
import { SearchBar } from './bar';
import { EventDrawer } from './drawer';
import { EventTable } from './events';
import { Histogram } from './histogram';
import { useAddress, useHistogram, useQuestion, useRows, useValues } from './hooks';
import { LiveButton } from './live';
import { Rail } from './rail';
import { ShareMenu } from './share';

const t = text.search;

export function Search() {
  const { address, change } = useAddress();
  const { zone } = useZone();
  const asked = useQuestion(address);
  const client = useQueryClient();
  const rows = useRows(asked);
  const ready = !rows.isPlaceholderData && (rows.isSuccess || rows.isError);
  const histogram = useHistogram(asked, ready);
  const values = useValues(asked, ready);
  const wide = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false });
  const items = useMemo(() => rows.data?.pages.flatMap((p) => p.items) ?? [], [rows.data]);
  const first = rows.data?.pages[0];
  const last = rows.data?.pages.at(-1);
  // A page that took long came with what was found until then: the rest follows.
  const { fetchNextPage } = rows;
  const goOn = ready && last?.searched_to !== undefined && items.length < 200 && !rows.isFetching;
  useEffect(() => {
    if (goOn) void fetchNextPage();
  }, [goOn, fetchNextPage]);
  const filter = (f: Filter) => change({ f: withFilter(address.f, f) });
  const stop = () => {
    for (const key of ['search', 'histogram', 'values']) void client.cancelQueries({ queryKey: [key, asked] });
  };
  const running = rows.isFetching || histogram.isFetching || values.isFetching;
  const rail = (
    <Answer of={values}>{(v) => <Rail fields={v.items} stale={values.isPlaceholderData} filter={filter} />}</Answer>
  );
  return (
    <Page
      title={t.title}
      actions={
        <>
          <LiveButton asked={asked} />
          <DownloadMenu label={t.export} asked={asked} />
          <SavedMenu asked={askedOf(asked)} span={address} />
          <ShareMenu asked={asked} sql={first?.sql} tenants={address.tenant} span={address} />
        </>
      }
    >
      <SearchBar address={address} change={change} typed={(q) => change({ q }, true)} running={running} stop={stop} />
      <Panel label={t.histogram}>
        <Answer of={histogram}>
          {(h) => (
            <Histogram
              histogram={h}
              stale={histogram.isPlaceholderData}
              onSelect={(from, to) => change({ from: iso(from), to: iso(to) })}
            />
          )}
        </Answer>
      </Panel>
      <div style={{ display: 'grid', gridTemplateColumns: wide ? '232px minmax(0, 1fr)' : 'minmax(0, 1fr)', gap: 12 }}>
        {wide ? (
          <aside aria-label={t.rail}>{rail}</aside>
        ) : (
          <Accordion variant="contained">
            <Accordion.Item value="rail">
              <Accordion.Control>{t.rail}</Accordion.Control>
              <Accordion.Panel>{rail}</Accordion.Panel>
            </Accordion.Item>
          </Accordion>
        )}
        <Stack gap="sm" miw={0}>
          {rows.error && <Failure error={rows.error} retry={() => rows.refetch()} />}
          {rows.isPending && rows.fetchStatus === 'fetching' && <Loading />}
          {rows.isPending && rows.fetchStatus === 'idle' && (
            <Empty title={t.stopped} action={<Button onClick={() => rows.refetch()}>{text.action.retry}</Button>} />
          )}
          {first && items.length === 0 && !rows.hasNextPage && (
            <Empty title={t.nothing} action={<Button onClick={() => change(widen(address))}>{t.widen}</Button>}>
              {address.q || address.f ? t.nothingText : t.nothingAtAll}
            </Empty>
          )}
          {first && items.length === 0 && last?.searched_to && (
            <Loading what={t.searchedTo(formatTime(last.searched_to, zone))} />
          )}
          {first && items.length > 0 && (
            <>
              <Group gap="md" role="status">
                <Text size="sm">{t.shown(items.length)}</Text>
                {last?.searched_to && <Text size="sm">{t.searchedTo(formatTime(last.searched_to, zone))}</Text>}
                <Text size="sm" c="dimmed">
                  {t.took(first.stats.elapsed_ms, first.stats.segments, first.stats.segments_total)}
                </Text>
              </Group>
              <EventTable
                items={items}
                stale={rows.isPlaceholderData}
                more={rows.hasNextPage && !rows.isFetchingNextPage ? () => rows.fetchNextPage() : undefined}
                end={!rows.hasNextPage}
                wide={wide}
                open={(event) => change({ event })}
                current={address.event}
              />
            </>
          )}
        </Stack>
      </div>
      <EventDrawer address={address} items={items} change={change} filter={filter} />
    </Page>
  );
}
