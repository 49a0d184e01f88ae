import { ActionIcon, Button, Group, Modal, NativeSelect, Stack, Table, Text, Textarea, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Icon } from '../../parts/icon';
import { Severity } from '../../parts/severity';
import { Empty, Failure } from '../../parts/state';
import { Age } from '../../parts/time';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { rules } from '../../text/rules';
import { iso } from '../../time/format';
import { day } from '../../time/span';
import { type Detail, rulesKey } from './query';
import { inTenants, useWhere, WherePicker } from './tenants';
import { type Line, sayWhere, whereOf } from './where';

const t = rules.except;

// Exceptions are what a rule no longer asks about, each with its owner, its
// reason and its end.
export function Exceptions({ rule }: { rule: Detail }) {
  const where = useWhere();
  const [opened, dialog] = useDisclosure(false);
  // What is asked on time is not asked of single events: its query has the exceptions.
  const able = rule.kind === 'detection' || rule.kind === 'correlation';
  const add = able && where.length > 0 && (
    <Button onClick={dialog.open} leftSection={<Icon name="plus" />}>
      {t.add}
    </Button>
  );
  return (
    <Stack gap="md">
      {rule.exception_list.length === 0 ? (
        <Empty title={t.none} action={add}>
          {able ? t.noneText : t.noneQuery}
        </Empty>
      ) : (
        <>
          <Group>{add}</Group>
          <Rows all={rule.exception_list} may={where.length > 0} />
        </>
      )}
      <Modal
        opened={opened}
        onClose={dialog.close}
        title={t.add}
        size="lg"
        closeButtonProps={{ 'aria-label': text.action.close }}
      >
        <Add rule={rule} first={where[0] ?? ''} close={dialog.close} />
      </Modal>
    </Stack>
  );
}

function Rows({ all, may }: { all: Schemas['RuleException'][]; may: boolean }) {
  const { tenantName, may: mayDo } = useMe();
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: (e: Schemas['RuleException']) =>
      take(
        api.DELETE('/api/v1/rules/{id}/exceptions/{exception}', { params: { path: { id: e.rule, exception: e.id } } }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: rulesKey }),
  });
  // Whoever ends an exception must be allowed to where it holds.
  const own = (e: Schemas['RuleException']) =>
    e.tenants.length === 0 ? mayDo('rule.manage', 'all') : e.tenants.every((id) => mayDo('rule.manage', id));
  return (
    <>
      {end.error && <Failure error={end.error} />}
      <Table.ScrollContainer minWidth={720} type="native" role="group" aria-label={rules.tabs.exceptions}>
        <Table aria-label={rules.tabs.exceptions}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.where}</Table.Th>
              <Table.Th>{rules.tenants}</Table.Th>
              <Table.Th>{rules.reason}</Table.Th>
              <Table.Th>{t.owner}</Table.Th>
              <Table.Th>{t.until}</Table.Th>
              <Table.Th>{t.state}</Table.Th>
              {may && <Table.Th aria-label={text.action.more} />}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {all.map((e) => (
              <Table.Tr key={e.id}>
                <Table.Th scope="row">
                  <span className="nj-mono">{sayWhere(e.where, t)}</span>
                </Table.Th>
                <Table.Td>{e.tenants.length > 0 ? e.tenants.map(tenantName).join(', ') : rules.allTenants}</Table.Td>
                <Table.Td>{e.reason}</Table.Td>
                <Table.Td>{e.owner}</Table.Td>
                <Table.Td>{e.until ? <Age value={e.until} /> : t.never}</Table.Td>
                <Table.Td>
                  <Severity tone={e.active ? (e.warning ? 'warning' : 'ok') : 'idle'}>
                    {e.active ? t.active : t.ended}
                  </Severity>
                  {e.active && e.warning && <Text size="sm">{e.warning}</Text>}
                </Table.Td>
                {may && (
                  <Table.Td>
                    {e.active && own(e) && (
                      <Button
                        size="compact-sm"
                        variant="default"
                        aria-label={t.endOf(sayWhere(e.where, t))}
                        disabled={end.isPending}
                        onClick={() => end.mutate(e)}
                      >
                        {t.end}
                      </Button>
                    )}
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}

const lives = [0, 7, 30, 90, 365];

function Add({ rule, first, close }: { rule: Detail; first: string; close: () => void }) {
  const [lines, setLines] = useState<Line[]>([{ field: rule.fields[0]?.name ?? '', value: '' }]);
  const [where, setWhere] = useState(first);
  const [reason, setReason] = useState('');
  const [days, setDays] = useState(90);
  const client = useQueryClient();
  const selection = whereOf(lines);
  const guarded = useGuarded();
  const add = useMutation({
    mutationFn: (selection: Record<string, unknown>) =>
      guarded(() =>
        take(
          api.POST('/api/v1/rules/{id}/exceptions', {
            params: { path: { id: rule.id } },
            body: {
              where: selection,
              reason: reason.trim(),
              ...inTenants(where),
              ...(days > 0 ? { until: iso(Math.floor((Date.now() + days * day) / 1000) * 1000) } : {}),
            },
          }),
        ),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: rulesKey });
      close();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (selection) add.mutate(selection);
  };
  const put = (i: number, part: Partial<Line>) =>
    setLines((all) => all.map((line, at) => (at === i ? { ...line, ...part } : line)));
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {lines.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line has nothing but its place
          <Group key={i} align="flex-start" gap="sm" wrap="nowrap">
            <TextInput
              label={t.nth(t.field, i + 1)}
              description={t.fieldHint}
              value={line.field}
              onChange={(e) => put(i, { field: e.currentTarget.value })}
              list="nj-rule-fields"
              flex={1}
              required
            />
            <Textarea
              label={t.nth(t.value, i + 1)}
              description={t.valueHint}
              value={line.value}
              onChange={(e) => put(i, { value: e.currentTarget.value })}
              autosize
              flex={1}
              required
            />
            {lines.length > 1 && (
              <ActionIcon
                variant="default"
                aria-label={t.less(i + 1)}
                onClick={() => setLines((all) => all.filter((_, at) => at !== i))}
              >
                <Icon name="close" size={14} />
              </ActionIcon>
            )}
          </Group>
        ))}
        <datalist id="nj-rule-fields">
          {rule.fields.map((f) => (
            <option key={f.name} value={f.name} />
          ))}
        </datalist>
        <Group>
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => setLines((all) => [...all, { field: '', value: '' }])}
          >
            {t.more}
          </Button>
        </Group>
        <WherePicker value={where} onChange={setWhere} />
        <TextInput
          label={rules.reason}
          description={rules.reasonHint}
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value)}
          maxLength={500}
          required
        />
        <NativeSelect
          label={t.until}
          value={String(days)}
          onChange={(e) => setDays(Number(e.currentTarget.value))}
          data={lives.map((n) => ({ value: String(n), label: n === 0 ? t.never : t.days(n) }))}
        />
        {add.error && <Failure error={add.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {text.action.cancel}
          </Button>
          <Button type="submit" loading={add.isPending} disabled={!selection || reason.trim() === ''}>
            {t.add}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
