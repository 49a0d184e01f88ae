import { Button, Popover, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { healthQuery } from '../api/queries';
import { Severity, type Tone } from '../parts/severity';
import { Failure } from '../parts/state';
import { WarningList } from '../parts/warning';
import { text } from '../text';

const tones: Record<'ok' | 'degraded' | 'failed', Tone> = { ok: 'ok', degraded: 'warning', failed: 'critical' };

// HealthMenu is on every screen: what is wrong, and what to do about it.
export function HealthMenu() {
  const { data, error } = useQuery(healthQuery);
  const tone: Tone = error ? 'critical' : data ? tones[data.status] : 'idle';
  const word = error || !data ? text.shell.health.unknown : text.shell.health[data.status];
  const count = data?.warnings.length ?? 0;
  return (
    <Popover width={420} position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" size="compact-md" aria-label={text.shell.healthLabel(word, count)}>
          <Severity tone={tone}>
            <span className="nj-wide">{word}</span>
            {count > 0 && ` ${count}`}
          </Severity>
        </Button>
      </Popover.Target>
      <Popover.Dropdown
        maw="96vw"
        mah="70vh"
        style={{ overflowY: 'auto' }}
        tabIndex={0}
        aria-label={text.shell.healthLabel(word, count)}
      >
        <Stack gap="md">
          {error && <Failure error={error} />}
          {data && count === 0 && <Text>{text.shell.healthNone}</Text>}
          {data && <WarningList warnings={data.warnings} />}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
