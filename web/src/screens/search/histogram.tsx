import { Group, Text } from '@mantine/core';
import { useMemo } from 'react';
import type { Schemas } from '../../api/client';
import { Chart } from '../../parts/chart';
import { HiddenTable } from '../../parts/hiddentable';
import { text } from '../../text';
import { formatTime } from '../../time/format';
import { useZone } from '../../time/zone';

const t = text.search;

type Props = { histogram: Schemas['Histogram']; stale: boolean; onSelect: (from: number, to: number) => void };

export function Histogram({ histogram, stale, onSelect }: Props) {
  const { zone } = useZone();
  const times = useMemo(() => histogram.items.map((i) => Date.parse(i.time)), [histogram]);
  const series = useMemo(() => [{ name: t.results, values: histogram.items.map((i) => i.count) }], [histogram]);
  return (
    <div aria-busy={stale} style={{ opacity: stale ? 0.5 : 1 }}>
      <Group justify="space-between" gap="sm">
        <Text fw={600} role="status">
          {t.total(histogram.total)}
        </Text>
        <Text size="xs" c="dimmed">
          {t.histogramHint}
        </Text>
      </Group>
      <Chart
        label={`${t.histogram}: ${t.total(histogram.total)}`}
        times={times}
        series={series}
        kind="bars"
        height={104}
        onSelect={onSelect}
      />
      <HiddenTable
        title={t.histogram}
        head={[t.field.time ?? '', t.results]}
        rows={histogram.items.filter((i) => i.count > 0).map((i) => [formatTime(i.time, zone), i.count])}
      />
    </div>
  );
}
