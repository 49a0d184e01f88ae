import { Alert, Button, Group, Text } from '@mantine/core';
import { ApiError } from '../../api/error';
import { Failure } from '../../parts/state';
import { text } from '../../text';
import { alerts as t } from '../../text/alerts';
import type { Triage } from './triage';

// Refused says that a change was not made, and why, until it is put away.
export function Refused({ triage }: { triage: Triage }) {
  const { refused, forget } = triage;
  if (!refused) return null;
  const e = ApiError.of(refused.error);
  if (e.code !== 'conflict') return <Failure error={e} />;
  return (
    <Alert
      color="yellow"
      variant="outline"
      role="alert"
      title={refused.title}
      styles={{ title: { color: 'var(--nj-warn)' } }}
    >
      <Group gap="sm">
        <Text size="sm">{t.conflictText(/[.!?]$/.test(e.message) ? e.message : `${e.message}.`)}</Text>
        <Button size="compact-sm" variant="default" onClick={forget}>
          {text.action.close}
        </Button>
      </Group>
    </Alert>
  );
}
