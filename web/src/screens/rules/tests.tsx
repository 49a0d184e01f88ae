import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, take } from '../../api/client';
import { Severity } from '../../parts/severity';
import { Empty, Failure } from '../../parts/state';
import { rules } from '../../text/rules';
import type { Detail } from './query';

const t = rules.tests;

// Tests lists the tests in a rule's file and runs them.
export function Tests({ rule }: { rule: Detail }) {
  const run = useMutation({
    mutationFn: () => take(api.POST('/api/v1/rules/{id}/test', { params: { path: { id: rule.id } } })),
  });
  if (rule.test_list.length === 0) return <Empty title={t.none} />;
  const results = new Map(run.data?.tests.map((r) => [r.name, r]));
  const bad = run.data?.tests.filter((r) => !r.passed).length ?? 0;
  return (
    <Stack gap="md">
      <Group>
        <Button onClick={() => run.mutate()} loading={run.isPending}>
          {t.run}
        </Button>
        <Text size="sm" c="dimmed">
          {t.text}
        </Text>
      </Group>
      <div role="status">
        {run.data && (
          <Severity tone={run.data.passed ? 'ok' : 'critical'}>
            {run.data.passed ? t.all(run.data.tests.length) : t.some(bad, run.data.tests.length)}
          </Severity>
        )}
      </div>
      {run.error && <Failure error={run.error} />}
      <Table.ScrollContainer minWidth={520} type="native" role="group" aria-label={rules.tabs.tests}>
        <Table aria-label={rules.tabs.tests}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.name}</Table.Th>
              <Table.Th ta="right">{t.events}</Table.Th>
              <Table.Th ta="right">{t.expected}</Table.Th>
              <Table.Th>{t.result}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rule.test_list.map((test) => {
              const result = results.get(test.name);
              return (
                <Table.Tr key={test.name}>
                  <Table.Th scope="row">{test.name}</Table.Th>
                  <Table.Td ta="right">{test.events.toLocaleString('en')}</Table.Td>
                  <Table.Td ta="right">{test.alerts.toLocaleString('en')}</Table.Td>
                  <Table.Td>
                    <Severity tone={!result ? 'idle' : result.passed ? 'ok' : 'critical'}>
                      {!result ? t.notRun : result.passed ? t.passed : t.failed}
                    </Severity>
                    {result?.failures.map((f) => (
                      <div key={f}>{f}</div>
                    ))}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}
