import { Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';
import { Severity } from '../../parts/severity';
import { Failure } from '../../parts/state';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { rules } from '../../text/rules';
import { formatTime } from '../../time/format';
import { useZone } from '../../time/zone';
import type { Chosen } from './changes';
import { type Planned, planned } from './plan';
import { rulesKey } from './query';

const t = rules.file;

const tones = { add: 'info', change: 'warning', remove: 'critical' } as const;

// Import shows what a file would change, and does it.
export function Import({ chosen, close }: { chosen: Chosen; close: () => void }) {
  const client = useQueryClient();
  const guarded = useGuarded();
  const { tenantName } = useMe();
  const { zone } = useZone();
  const rows = planned(chosen.plan, { tenant: tenantName, time: (at) => formatTime(at, zone) });
  const run = useMutation({
    mutationFn: () =>
      guarded(() =>
        take(
          api.POST('/api/v1/rule-changes', {
            body: { document: chosen.document, dry_run: false, version: chosen.plan.version },
          }),
        ),
      ),
    onSuccess: (done: Schemas['RuleImport']) => {
      void client.invalidateQueries({ queryKey: rulesKey });
      notifications.show({ message: t.done(done.changes.length + done.exceptions.length) });
      close();
    },
  });
  return (
    <Modal
      opened
      onClose={close}
      title={t.preview(chosen.name)}
      size="xl"
      closeButtonProps={{ 'aria-label': text.action.close }}
    >
      <Stack gap="md">
        <Text role="status">{rows.length === 0 ? t.nothing : t.would(rows.length, chosen.plan.unchanged)}</Text>
        {rows.length > 0 && <Rows all={rows} />}
        {run.error && <Failure error={run.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {text.action.cancel}
          </Button>
          <Button disabled={rows.length === 0} loading={run.isPending} onClick={() => run.mutate()}>
            {t.run}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Rows({ all }: { all: Planned[] }) {
  const { tenantName } = useMe();
  const c = t.columns;
  return (
    <Table.ScrollContainer minWidth={720} type="native" role="group" aria-label={t.table}>
      <Table aria-label={t.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{c.action}</Table.Th>
            <Table.Th>{c.what}</Table.Th>
            <Table.Th>{c.of}</Table.Th>
            <Table.Th>{rules.tenants}</Table.Th>
            <Table.Th>{c.was}</Table.Th>
            <Table.Th>{c.becomes}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {all.map((p) => (
            <Table.Tr key={p.key}>
              <Table.Td>
                <Severity tone={tones[p.action]}>{t.action[p.action]}</Severity>
              </Table.Td>
              <Table.Td>{p.what}</Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                {p.of}
                {p.vanished && <div className="nj-dim">{rules.parameters.vanished}</div>}
              </Table.Td>
              <Table.Td>{p.tenants.length > 0 ? p.tenants.map(tenantName).join(', ') : rules.allTenants}</Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                {p.was ?? '–'}
                {p.more.map((d) => d.was !== undefined && <div key={d.of}>{t.has(d.of, d.was)}</div>)}
              </Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                {p.becomes ?? t.default}
                {p.more.map((d) => (
                  <div key={d.of}>{t.has(d.of, d.becomes)}</div>
                ))}
                {p.warning && <Severity tone="warning">{p.warning}</Severity>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
