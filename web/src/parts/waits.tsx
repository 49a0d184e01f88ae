import { Alert, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { approvalsQuery } from '../api/queries';
import type { components } from '../api/schema';
import { text } from '../text';
import { Time } from './time';

const t = text.approvals;

// Waits says that what was asked for is not done until somebody else agrees.
export function Waits({ approval: a }: { approval: components['schemas']['Approval'] }) {
  const client = useQueryClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each approval is another one to list
  useEffect(() => {
    void client.invalidateQueries({ queryKey: approvalsQuery.queryKey });
  }, [client, a.id]);
  return (
    <Alert
      color="yellow"
      variant="outline"
      role="status"
      title={t.waits}
      styles={{ title: { color: 'var(--nj-warn)' } }}
    >
      <Stack gap="xs">
        <Text size="sm">{a.summary}</Text>
        <Text size="sm">
          {t.waitsText} <Time value={a.expires} />.
        </Text>
        {a.repeats && <Text size="sm">{t.waitsAgain}</Text>}
        <Link to="/settings/approvals">{t.follow}</Link>
      </Stack>
    </Alert>
  );
}
