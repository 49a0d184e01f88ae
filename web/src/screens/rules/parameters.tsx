import { Button, Group, Modal, NativeSelect, Stack, Table, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Panel } from '../../parts/page';
import { Empty, Failure } from '../../parts/state';
import { Time } from '../../parts/time';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { rules } from '../../text/rules';
import { levels } from './address';
import { type Detail, useChanged } from './query';
import { inTenants, useWhere, WherePicker } from './tenants';
import { forForm, fromForm, said, type Value } from './value';

const t = rules.parameters;

type Parameter = Schemas['RuleParameter'];

// Parameters shows the numbers and lists of a rule with their reasons, and
// gives them other values; and what else was changed here.
export function Parameters({ rule }: { rule: Detail }) {
  const where = useWhere();
  const [open, setOpen] = useState<Parameter>();
  return (
    <Stack gap="md">
      <Panel title={rules.tabs.tuning}>
        {rule.parameters.length === 0 ? (
          <Empty title={t.none}>{t.noneText}</Empty>
        ) : (
          <Rows rule={rule} change={where.length > 0 ? setOpen : undefined} />
        )}
      </Panel>
      {where.length > 0 && rule.alerts && <SeverityForm key={rule.severity} rule={rule} first={where[0] ?? ''} />}
      <Changes rule={rule} />
      <Modal
        opened={open !== undefined}
        onClose={() => setOpen(undefined)}
        title={open ? t.changeOf(open.name) : t.change}
        size="lg"
        closeButtonProps={{ 'aria-label': text.action.close }}
      >
        {open && <Change rule={rule} parameter={open} first={where[0] ?? ''} close={() => setOpen(undefined)} />}
      </Modal>
    </Stack>
  );
}

function Rows({ rule, change }: { rule: Detail; change: ((p: Parameter) => void) | undefined }) {
  const { tenantName } = useMe();
  return (
    <Table.ScrollContainer minWidth={640} type="native" role="group" aria-label={rules.tabs.tuning}>
      <Table aria-label={rules.tabs.tuning}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.name}</Table.Th>
            <Table.Th>{t.value}</Table.Th>
            <Table.Th>{t.default}</Table.Th>
            <Table.Th>{t.tenants}</Table.Th>
            <Table.Th>{t.source}</Table.Th>
            {change && <Table.Th aria-label={text.action.more} />}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rule.parameters.map((p) => (
            <Table.Tr key={p.name}>
              <Table.Th scope="row">
                <span className="nj-mono">{p.name}</span>
                {p.text && (
                  <Text size="sm" c="dimmed">
                    {p.text}
                  </Text>
                )}
              </Table.Th>
              <Table.Td fw={said(p.value, t) === said(p.default, t) ? undefined : 700}>{said(p.value, t)}</Table.Td>
              <Table.Td>{said(p.default, t)}</Table.Td>
              <Table.Td>
                {p.tenants.map((v) => (
                  <div key={v.tenant}>
                    {tenantName(v.tenant)}: {said(v.value, t)}
                  </div>
                ))}
              </Table.Td>
              <Table.Td>
                <Text size="sm" className="nj-mono">
                  {p.source}
                </Text>
              </Table.Td>
              {change && (
                <Table.Td>
                  <Button size="compact-sm" variant="default" aria-label={t.changeOf(p.name)} onClick={() => change(p)}>
                    {t.change}
                  </Button>
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

type ChangeProps = { rule: Detail; parameter: Parameter; first: string; close: () => void };

function Change({ rule, parameter: p, first, close }: ChangeProps) {
  const [where, setWhere] = useState(first);
  const [typed, setTyped] = useState(forForm(p.tenants.find((v) => v.tenant === first)?.value ?? p.value));
  const [reason, setReason] = useState('');
  const changed = useChanged();
  const value = fromForm(p, typed);
  const guarded = useGuarded();
  const set = useMutation({
    mutationFn: (next: Value | null) =>
      guarded(() =>
        take(
          api.PUT('/api/v1/rules/{id}/parameters', {
            params: { path: { id: rule.id } },
            body: { values: { [p.name]: next }, ...inTenants(where), ...(reason ? { reason } : {}) },
          }),
        ),
      ),
    onSuccess: (next) => {
      changed(next);
      close();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (value !== undefined) set.mutate(value);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {p.text && <Text>{p.text}</Text>}
        <Field parameter={p} typed={typed} onChange={setTyped} />
        <WherePicker value={where} onChange={setWhere} />
        <TextInput
          label={rules.reason}
          description={rules.reasonHint}
          value={reason}
          maxLength={500}
          onChange={(e) => setReason(e.currentTarget.value)}
        />
        {set.error && <Failure error={set.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => set.mutate(null)} disabled={set.isPending}>
            {t.back}
          </Button>
          <Button type="submit" loading={set.isPending} disabled={value === undefined}>
            {t.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

type FieldProps = { parameter: Parameter; typed: string; onChange: (typed: string) => void };

function Field({ parameter: p, typed, onChange }: FieldProps) {
  if (p.type === 'boolean') {
    return (
      <NativeSelect
        label={t.value}
        value={typed}
        onChange={(e) => onChange(e.currentTarget.value)}
        data={[
          { value: 'true', label: t.yes },
          { value: 'false', label: t.no },
        ]}
      />
    );
  }
  if (p.type === 'list') {
    return (
      <Textarea
        label={t.value}
        description={t.listHint}
        value={typed}
        onChange={(e) => onChange(e.currentTarget.value)}
        autosize
        minRows={3}
        maxRows={12}
        data-autofocus
      />
    );
  }
  return (
    <TextInput
      label={t.value}
      description={p.type === 'span' ? t.spanHint : p.type === 'number' ? t.numberHint : undefined}
      inputMode={p.type === 'number' ? 'decimal' : undefined}
      value={typed}
      onChange={(e) => onChange(e.currentTarget.value)}
      data-autofocus
    />
  );
}

function SeverityForm({ rule, first }: { rule: Detail; first: string }) {
  const [severity, setSeverity] = useState<string>(rule.severity);
  const [where, setWhere] = useState(first);
  const changed = useChanged();
  const guarded = useGuarded();
  const set = useMutation({
    mutationFn: () =>
      guarded(() =>
        take(
          api.POST('/api/v1/rules/{id}/severity', {
            params: { path: { id: rule.id } },
            body: { ...(severity ? { severity: severity as Detail['severity'] } : {}), ...inTenants(where) },
          }),
        ),
      ),
    onSuccess: changed,
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    set.mutate();
  };
  return (
    <Panel title={t.severity}>
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <NativeSelect
            label={t.severity}
            value={severity}
            onChange={(e) => setSeverity(e.currentTarget.value)}
            data={[...levels.map((l) => ({ value: l as string, label: l })), { value: '', label: t.severityBack }]}
          />
          <WherePicker value={where} onChange={setWhere} />
          <Button type="submit" variant="default" loading={set.isPending}>
            {t.save}
          </Button>
        </Group>
        {set.error && <Failure error={set.error} />}
      </form>
    </Panel>
  );
}

function Changes({ rule }: { rule: Detail }) {
  const { tenantName } = useMe();
  return (
    <Panel title={t.changes}>
      {rule.changes.length === 0 ? (
        <Text c="dimmed">{t.noChanges}</Text>
      ) : (
        <Table.ScrollContainer minWidth={640} type="native" role="group" aria-label={t.changes}>
          <Table aria-label={t.changes}>
            <Table.Thead>
              <Table.Tr>
                {Object.values(t.columns).map((c) => (
                  <Table.Th key={c}>{c}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rule.changes.map((c) => (
                <Table.Tr key={`${c.what} ${c.name ?? ''} ${c.tenant ?? ''} ${c.time}`}>
                  <Table.Td>
                    {t.what[c.what]} {c.name && <span className="nj-mono">{c.name}</span>}
                    {c.vanished && <div className="nj-dim">{t.vanished}</div>}
                  </Table.Td>
                  <Table.Td>{c.what === 'mode' ? modeWord(c.value) : said(c.value, t)}</Table.Td>
                  <Table.Td>{c.tenant ? tenantName(c.tenant) : rules.allTenants}</Table.Td>
                  <Table.Td>{c.reason}</Table.Td>
                  <Table.Td>{c.by}</Table.Td>
                  <Table.Td>
                    <Time value={c.time} detail="minute" />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Panel>
  );
}

const modeWord = (value: unknown) => rules.mode[value as keyof typeof rules.mode] ?? String(value);
