import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';
import { Panel } from '../../parts/page';
import { Failure } from '../../parts/state';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { alerts as t } from '../../text/alerts';
import type { Alert } from './query';
import { exceptionKey } from './triage';

type Proposal = Schemas['ExceptionProposal'];

// Exception offers what would have kept an alert from opening that was just
// closed as false.
export function Exception({ of: a }: { of: Alert }) {
  const { may } = useMe();
  const guarded = useGuarded();
  const { data } = useQuery<Proposal>({
    queryKey: exceptionKey(a.id),
    queryFn: () => Promise.reject(new Error()),
    enabled: false,
  });
  const proposal = a.exception ?? data;
  const add = useMutation({
    mutationFn: (p: Proposal) =>
      guarded(() =>
        take(
          api.POST('/api/v1/rules/{id}/exceptions', {
            params: { path: { id: p.rule } },
            body: {
              where: Object.fromEntries(p.where.map((w) => [w.field, w.value])),
              tenants: [p.tenant_id],
              reason: p.reason || t.exceptionReason(a.id),
            },
          }),
        ),
      ),
    onSuccess: () => notifications.show({ message: t.exceptionAdded }),
  });
  if (!proposal || a.disposition !== 'false') return null;
  return (
    <Panel label={t.exceptionAdd}>
      <Stack gap="sm">
        <Text>{t.exception}</Text>
        <Code block>{proposal.where.map((w) => `${w.field}: ${w.value}`).join('\n')}</Code>
        {add.error && <Failure error={add.error} />}
        {may('rule.manage', proposal.tenant_id) && (
          <Group>
            <Button
              variant="default"
              onClick={() => add.mutate(proposal)}
              loading={add.isPending}
              disabled={add.isSuccess}
            >
              {add.isSuccess ? t.exceptionAdded : t.exceptionAdd}
            </Button>
          </Group>
        )}
      </Stack>
    </Panel>
  );
}
