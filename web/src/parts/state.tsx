import { Alert, Button, Group, Loader, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { ApiError } from '../api/error';
import { text } from '../text';
import { Copy } from './copy';
import { Waits } from './waits';

// The states in which a screen has nothing to show: still loading, gone wrong,
// or empty. Each says why and what to do next.

export function Loading({ what }: { what?: string }) {
  return (
    <Group gap="sm" p="lg" role="status">
      <Loader size="sm" />
      <Text c="dimmed">{what ?? text.state.loading}</Text>
    </Group>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const e = ApiError.of(error);
  if (e.approval) return <Waits approval={e.approval} />;
  return (
    <Alert color="red" variant="outline" role="alert" title={e.message} styles={{ title: { color: 'var(--nj-bad)' } }}>
      <Stack gap="sm">
        {e.hint && <Text size="sm">{e.hint}</Text>}
        <Group gap="sm">
          {retry && (
            <Button size="compact-sm" variant="default" onClick={retry}>
              {text.action.retry}
            </Button>
          )}
          {e.requestId && (
            <Group gap={4}>
              <Text size="xs" c="dimmed">
                {text.error.requestId}
              </Text>
              <Copy value={e.requestId} />
            </Group>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack gap="sm" align="flex-start" p="lg" maw={640}>
      <Title order={3}>{title}</Title>
      {children && (
        <Text c="dimmed" component="div">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

type Asked<T> = { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown };

// Answer shows what a query brought. When a later attempt failed, what is
// there stays and is marked as old, rather than making way for the error.
export function Answer<T>({ of, what, children }: { of: Asked<T>; what?: string; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) {
    return (
      <>
        {of.error ? (
          <Alert
            color="yellow"
            variant="outline"
            role="status"
            mb="sm"
            title={text.state.stale}
            styles={{ title: { color: 'var(--nj-warn)' } }}
          >
            <Group gap="sm">
              <Text size="sm">{ApiError.of(of.error).message}</Text>
              <Button size="compact-sm" variant="default" onClick={() => of.refetch()}>
                {text.action.retry}
              </Button>
            </Group>
          </Alert>
        ) : null}
        {children(of.data)}
      </>
    );
  }
  if (of.error) return <Failure error={of.error} retry={() => of.refetch()} />;
  return <Loading what={what} />;
}
