import { Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client';
import { Panel } from '../../parts/page';
import { Failure } from '../../parts/state';
import { alerts as t } from '../../text/alerts';
import { lacking, type What } from './draft';
import { Level } from './level';
import { alertsKey } from './query';
import { AlertRows } from './related';

// Impact says what a silence would have kept quiet, and what that would have cost.
export function Impact({ of }: { of: What }) {
  const [asked] = useDebouncedValue(of, 300);
  const lacks = lacking(asked);
  const query = useQuery({
    queryKey: [...alertsKey, 'preview', asked],
    queryFn: ({ signal }) => take(api.POST('/api/v1/silences/preview', { body: asked, signal })),
    enabled: !lacks,
    placeholderData: keepPreviousData,
  });
  const p = query.data;
  const missed = p?.dispositions.find((d) => d.value === 'true')?.count ?? 0;
  return (
    <Panel title={t.preview}>
      <div role="status">
        {lacks && <Text c="dimmed">{t.silenceLacks[lacks]}</Text>}
        {!lacks && !p && !query.error && <Text c="dimmed">{t.previewMake}</Text>}
        {!lacks && p && (
          <Stack gap="xs">
            <Text>{p.hidden === 0 ? t.previewNone(p.days) : t.previewSome(p.hidden, p.alerts, p.days)}</Text>
            {missed > 0 && <Level of="critical">{t.previewTrue(missed)}</Level>}
          </Stack>
        )}
      </div>
      {query.error && <Failure error={query.error} />}
      {!lacks && p && p.samples.length > 0 && <AlertRows of={p.samples.slice(0, 3)} label={t.preview} />}
    </Panel>
  );
}
