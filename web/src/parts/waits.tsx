import { Alert, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { components } from '../api/schema';
import { text } from '../text';
import { Time } from './time';

const t = text.approvals;

// Waits says that what was asked for is not done until somebody else agrees.
export function Waits({ approval: a }: { approval: components['schemas']['Approval'] }) {
  return (
    <Alert color="yellow" variant="outline" role="status" title={t.waits}>
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
