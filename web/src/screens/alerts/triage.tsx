import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type InfiniteData, useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { api, take } from '../../api/client';
import { ApiError } from '../../api/error';
import { useMe } from '../../session/me';
import { alerts as t } from '../../text/alerts';
import type { Act } from './keys';
import { type Alert, alertQuery, alertsKey, listKey } from './query';
import { type Change, undoing } from './undo';

export const exceptionKey = (id: string) => ['alert-exception', id];

// Asking is a change for which something has to be said first.
export type Asking = { act: 'comment' | 'close' | 'severity'; of: Alert[] };

type Done = { change: Change; before: Alert[] };

// useTriage does with alerts what a key or a button says, tells what was done,
// and takes it back. told hears of alerts as they are after a change.
export function useTriage(told: (after: Alert[], change?: Change) => void) {
  const { me, may } = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, ask] = useState<Asking>();
  const [refused, refuse] = useState<{ title: string; error: unknown }>();
  const undos = useRef<Change[][]>([]);
  const send = async (change: Change) => (await take(api.POST('/api/v1/alerts/change', { body: change }))).items;

  const fresh = (after: Alert[], change?: Change) => {
    for (const a of after) {
      if (a.exception) client.setQueryData(exceptionKey(a.id), a.exception);
      client.setQueryData(alertQuery(a.id).queryKey, a);
    }
    // Lists that are shown again before they are asked anew have it too.
    const now = new Map(after.map((a) => [a.id, a]));
    client.setQueriesData<InfiniteData<{ items: Alert[] }>>({ queryKey: listKey }, (list) =>
      list
        ? { ...list, pages: list.pages.map((p) => ({ ...p, items: p.items.map((a) => now.get(a.id) ?? a) })) }
        : list,
    );
    told(after, change);
  };
  const failed = (error: unknown, ids: string[]) => {
    const conflict = ApiError.of(error).code === 'conflict';
    refuse({ title: conflict ? t.conflict : t.failed, error });
    ask(undefined);
    if (conflict) void look(ids);
  };
  // look shows alerts as they are now, also those that left the list.
  const look = async (ids: string[]) => {
    const now = await Promise.allSettled(
      ids.slice(0, 50).map((id) => client.fetchQuery({ ...alertQuery(id), staleTime: 0 })),
    );
    fresh(now.flatMap((n) => (n.status === 'fulfilled' ? [n.value] : [])));
  };
  // Nobody waits for it: the next key must not be lost while the screen is asked for anew.
  const old = () => void client.invalidateQueries({ queryKey: alertsKey });

  const change = useMutation({
    mutationFn: ({ change }: Done) => send(change),
    onSuccess: (after, { change, before }) => {
      refuse(undefined);
      ask(undefined);
      fresh(after, change);
      const back = undoing(change, before, after);
      if (back.length > 0) undos.current.push(back);
      const what = after.length === 1 ? (after[0]?.id ?? '') : t.several(after.length);
      const former = after.filter((a) => a.former_disposition && a.former_disposition !== a.disposition);
      const done = t.said(what, t.done[change.action]);
      say(
        former.length > 0 ? `${done} ${t.former(former)}` : done,
        back.length > 0 ? () => takeBack.mutate() : undefined,
      );
    },
    onError: (error, { change }) => failed(error, change.ids),
    onSettled: old,
  });

  const takeBack = useMutation({
    mutationFn: async () => {
      const steps = undos.current.pop();
      if (!steps) return undefined;
      const after = [];
      for (const step of steps) after.push({ step, items: await send(step) });
      return after;
    },
    onSuccess: (after) => {
      for (const { step, items } of after ?? []) fresh(items, step);
      refuse(undefined);
      say(after ? t.undone : t.nothingToUndo);
    },
    onError: (error) => failed(error, []),
    onSettled: old,
  });

  const mine = (of: Alert[]) => of.every((a) => a.assignee === me.id);
  const versions = (of: Alert[]) => Object.fromEntries(of.map((a) => [a.id, a.version]));
  const run = (of: Alert[], part: Omit<Change, 'ids' | 'versions'>) =>
    change.mutate({ change: { ...part, ids: of.map((a) => a.id), versions: versions(of) }, before: of });

  const act = (what: Act, of: Alert[]) => {
    if (of.length === 0 || change.isPending) return;
    if (!of.every((a) => may('alert.manage', a.tenant_id))) return say(t.mayOnlyLook);
    const still = of.filter((a) => a.status === 'new');
    const closed = of.filter((a) => a.status === 'closed');
    switch (what) {
      case 'acknowledge':
        return still.length > 0 ? run(still, { action: what }) : say(t.already(t.alreadyAcknowledged));
      case 'assign':
        return run(of, { action: what, assignee: mine(of) ? '' : 'me' });
      case 'reopen':
        return closed.length > 0 ? run(closed, { action: what }) : say(t.already(t.alreadyClosed));
      case 'silence':
        return void navigate({ to: '/silences', search: { like: of[0]?.id } });
      default:
        return ask({ act: what, of });
    }
  };
  return {
    act,
    run,
    asking,
    dismiss: () => ask(undefined),
    undo: () => takeBack.mutate(),
    refused,
    forget: () => refuse(undefined),
    pending: change.isPending || takeBack.isPending,
    mine,
    mayChange: (of: Alert) => may('alert.manage', of.tenant_id),
  };
}

export type Triage = ReturnType<typeof useTriage>;

// say tells what was done where everybody hears it, and offers to take it back.
function say(message: string, undo?: () => void): void {
  const id = 'alert-change';
  notifications.hide(id);
  notifications.show({
    id,
    message: undo ? (
      <Group gap="sm">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          {t.undo}
        </Button>
        <Text size="xs" c="dimmed">
          {t.undoHint}
        </Text>
      </Group>
    ) : (
      message
    ),
  });
}
