import { Button, Group, Text } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Answer, Empty } from '../../parts/state';
import { alerts as t } from '../../text/alerts';
import { Actions } from './actions';
import { narrowed, type QueueAddress } from './address';
import { AskMore } from './ask';
import { QueueBar } from './bar';
import { Counts } from './counts';
import { Frame } from './frame';
import { useHeld } from './held';
import { KeyHelp } from './help';
import { actOf, useTriageKeys } from './keys';
import { keepPlace, placeOf } from './place';
import { type Alert, listQuery } from './query';
import { Refused } from './refused';
import { AlertTable, type TableHandle } from './table';
import { useTriage } from './triage';

const same = (a: QueueAddress, b: QueueAddress) => JSON.stringify(a) === JSON.stringify(b);

// Queue is where alerts are worked through.
export function Queue() {
  const address = useSearch({ from: '/shell/alerts' });
  const navigate = useNavigate({ from: '/alerts' });
  const client = useQueryClient();
  const wide = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false });
  const query = useInfiniteQuery(listQuery(address));
  const [help, helping] = useDisclosure(false);
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const table = useRef<TableHandle>(null);
  const hovered = useRef(false);

  // Whoever comes back from an alert is where they were.
  const [at, setAt] = useState(() => {
    const place = placeOf(client);
    return place && same(place.address, address) ? place.at : undefined;
  });
  const back = useRef(at !== undefined);

  const asking = useRef(false);
  const busy = () =>
    selected.size > 0 || asking.current || hovered.current || back.current || table.current?.inside() === true;
  // Until the answer to another question is there, the one before stays.
  const answered = useRef('');
  if (!query.isPlaceholderData) answered.current = JSON.stringify(address);
  const held = useHeld(query.data, answered.current, busy);
  const { rows } = held;
  const index = rows.findIndex((a) => a.id === at);

  const triage = useTriage((after, change) => {
    held.told(after);
    // What is closed is done with: on to the next one that is not.
    if (change?.action === 'close' && after.some((a) => a.id === at)) {
      const closed = new Set(after.map((a) => a.id));
      const open = (a: Alert) => a.status !== 'closed' && !closed.has(a.id);
      const next = rows.slice(index + 1).find(open) ?? rows.slice(0, index).findLast(open);
      if (next) setAt(next.id);
    }
    if (change) select(new Set());
  });
  asking.current = triage.asking !== undefined;

  const latest = useRef(index);
  latest.current = index;
  const focus = () => table.current?.focus(Math.max(0, latest.current));
  const move = (by: number) => {
    const next = Math.min(rows.length - 1, Math.max(0, index + by));
    const row = rows[next];
    if (!row) return;
    setAt(row.id);
    table.current?.focus(next);
  };
  useEffect(() => {
    if (!back.current || rows.length === 0) return;
    if (index >= 0) {
      back.current = false;
      table.current?.focus(index);
      return;
    }
    // It left the list meanwhile: its neighbour is next.
    const order = placeOf(client)?.order ?? [];
    const rest = order.slice(order.indexOf(at ?? ''));
    setAt(rest.find((id) => rows.some((a) => a.id === id)) ?? rows.at(-1)?.id);
  }, [index, rows, at, client]);

  const open = (id: string) => {
    keepPlace(client, { address, order: rows.map((a) => a.id), at: id });
    void navigate({ to: '/alerts/$id', params: { id } });
  };
  const toggle = (id: string) =>
    select((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const refresh = () => {
    held.accept();
    requestAnimationFrame(focus);
  };
  const meant = selected.size > 0 ? rows.filter((a) => selected.has(a.id)) : rows.filter((a) => a.id === at);

  useTriageKeys((key, e) => {
    const inside = table.current?.inside() ?? false;
    if (key === '?') helping.open();
    else if (key === 'j' || (key === 'ArrowDown' && inside)) move(1);
    else if (key === 'k' || (key === 'ArrowUp' && inside)) move(-1);
    else if (key === 'Enter' && e.target instanceof HTMLTableRowElement && at !== undefined) open(at);
    else if (key === 'x' && at !== undefined) toggle(at);
    else if (key === 'X') select(selected.size === rows.length ? new Set() : new Set(rows.map((a) => a.id)));
    else if (key === 'Escape' && selected.size > 0) select(new Set());
    else if (key === 'r') refresh();
    else if (key === 'z') triage.undo();
    else if (actOf[key] && meant.length > 0) triage.act(actOf[key], meant);
    else return false;
    return true;
  });

  const change = (part: Partial<QueueAddress>) => {
    select(new Set());
    void navigate({ search: (now) => ({ ...now, ...part }) });
  };
  return (
    <Frame title={t.title}>
      <Counts tenant={address.tenant} />
      <QueueBar address={address} change={change} />
      <Refused triage={triage} />
      <Answer of={query}>
        {() =>
          rows.length === 0 ? (
            <Empty title={narrowed(address) ? t.nothing : t.none}>
              {narrowed(address) ? t.nothingText : t.noneText}
            </Empty>
          ) : (
            <>
              {/* It keeps its height, so that the list does not move when it fills. */}
              <Group gap="sm" mih={28}>
                <Text size="sm" role="status">
                  {selected.size > 0 && t.selected(selected.size)}
                </Text>
                <Actions of={meant} triage={triage} />
                {selected.size > 0 && (
                  <Button variant="subtle" size="compact-md" onClick={() => select(new Set())}>
                    {t.unselect}
                  </Button>
                )}
                {(held.fresh > 0 || held.moved) && (
                  <Button variant="light" size="compact-md" onClick={refresh}>
                    {held.fresh > 0 ? t.fresh(held.fresh) : t.gone}&nbsp;
                    <span className="nj-key" aria-hidden="true">
                      r
                    </span>
                  </Button>
                )}
              </Group>
              <AlertTable
                rows={rows}
                gone={held.gone}
                at={at}
                selected={selected}
                stale={query.isPlaceholderData}
                wide={wide}
                end={!query.hasNextPage}
                more={query.hasNextPage && !query.isFetchingNextPage ? () => query.fetchNextPage() : undefined}
                cursor={setAt}
                toggle={toggle}
                open={open}
                hover={(over) => {
                  hovered.current = over;
                }}
                handle={table}
              />
            </>
          )
        }
      </Answer>
      <AskMore triage={triage} settled={focus} />
      <KeyHelp opened={help} close={helping.close} />
    </Frame>
  );
}
