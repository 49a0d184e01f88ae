import { Group, List, Stack, Text } from '@mantine/core';
import { useIsMutating, useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { CopyButton } from '../../parts/copy';
import { Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Loading } from '../../parts/state';
import { Time } from '../../parts/time';
import { text } from '../../text';
import { checkKey } from './detail';
import { checkTone } from './tone';

const t = text.connections.check;

// useReport reads what the newest test found, if there was one.
export function useReport(tenant: string): Schemas['CheckReport'] | undefined {
  const { data } = useQuery<Schemas['CheckReport']>({ queryKey: checkKey(tenant), enabled: false });
  return data;
}

export function CheckResult({ tenant }: { tenant: string }) {
  const running = useIsMutating({ mutationKey: checkKey(tenant) }) > 0;
  const report = useReport(tenant);
  if (running) return <Loading what={t.running} />;
  if (!report) return null;
  return (
    <Panel
      title={t.title}
      actions={<CopyButton value={JSON.stringify(report, null, 2)} label={text.action.copyThis('JSON')} />}
    >
      <Stack gap="sm">
        <div role="status">
          <Severity tone={report.ok ? 'ok' : 'critical'}>
            <strong>{report.summary || (report.ok ? t.works : t.fails)}</strong>
          </Severity>
          {report.remedy && (
            <Text>
              <span className="nj-dim">{text.shell.remedy}: </span>
              {report.remedy}
            </Text>
          )}
        </div>
        <List listStyleType="none" spacing="xs" aria-label={t.title}>
          {report.steps.map((s) => (
            <List.Item key={s.step}>
              <Group gap="sm">
                <Severity tone={checkTone[s.status]}>{t.status[s.status]}</Severity>
                <span>{s.title}</span>
              </Group>
              {s.detail && (
                <Text size="sm" c="dimmed">
                  {s.detail}
                </Text>
              )}
              {s.status !== 'ok' && s.remedy && <Text size="sm">{s.remedy}</Text>}
            </List.Item>
          ))}
        </List>
        {report.missing_permissions.length > 0 && (
          <div>
            <Text fw={600}>{t.missing}</Text>
            <List>
              {report.missing_permissions.map((m) => (
                <List.Item key={m.permission}>
                  <span className="nj-mono">{m.permission}</span>: {m.cost}
                </List.Item>
              ))}
            </List>
          </div>
        )}
        <Text size="xs" c="dimmed">
          <Time value={report.time} />
        </Text>
      </Stack>
    </Panel>
  );
}
