import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, take } from '../../api/client';
import { Severity } from '../../parts/severity';
import { Failure, Loading } from '../../parts/state';
import { text } from '../../text';
import { notify } from '../../text/notify';
import { type Channel, channelsQuery } from './query';

const t = notify.channels;

// TestResult sends a test message as it opens and says what the other side
// answered.
export function TestResult({ channel: c, close }: { channel: Channel; close: () => void }) {
  const client = useQueryClient();
  const test = useQuery({
    queryKey: ['channel-test', c.id],
    queryFn: () => take(api.POST('/api/v1/channels/{id}/test', { params: { path: { id: c.id } } })),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: false,
  });
  const asked = test.dataUpdatedAt;
  useEffect(() => {
    if (asked) void client.invalidateQueries({ queryKey: channelsQuery.queryKey });
  }, [client, asked]);
  const again = (
    <Button onClick={() => test.refetch()} loading={test.isFetching}>
      {text.action.retry}
    </Button>
  );
  return (
    <Stack gap="md">
      {test.isPending && <Loading />}
      {test.error && <Failure error={test.error} />}
      {test.data && (
        <div role="status">
          <Severity tone={test.data.ok ? 'ok' : 'critical'}>
            {test.data.ok ? t.testOk(test.data.milliseconds) : t.testBad}
          </Severity>
          {test.data.problem && <Text>{test.data.problem}</Text>}
          {test.data.hint && (
            <Text size="sm" c="dimmed">
              {test.data.hint}
            </Text>
          )}
          {test.data.said && (
            <>
              <Text size="xs" c="dimmed" mt="sm">
                {t.said}
              </Text>
              <section className="nj-code" aria-label={t.said} tabIndex={0}>
                {test.data.said}
              </section>
            </>
          )}
        </div>
      )}
      <Group justify="flex-end">
        {again}
        <Button variant="default" onClick={close}>
          {text.action.close}
        </Button>
      </Group>
    </Stack>
  );
}
