import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, take } from '../../api/client';
import { Severity } from '../../parts/severity';
import { Empty, Failure } from '../../parts/state';
import { rules } from '../../text/rules';
import type { Detail } from './query';
import { TestTable } from './testtable';

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
      <TestTable tests={rule.test_list} results={results} />
    </Stack>
  );
}
