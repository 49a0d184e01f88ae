import { Checkbox, Group, NativeSelect, Stack, Table, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Icon } from '../../parts/icon';
import { LinkButton } from '../../parts/linkbutton';
import { Page, Panel } from '../../parts/page';
import { useRowKeys } from '../../parts/rowkeys';
import { Severity } from '../../parts/severity';
import { Answer, Empty, Failure } from '../../parts/state';
import { Age } from '../../parts/time';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { rules as t } from '../../text/rules';
import { Level } from '../alerts/level';
import { levels, type Mode, modes, type RulesAddress } from './address';
import { ChangesFile } from './changes';
import { Faults } from './faults';
import { byPack, fits } from './filter';
import { Folders } from './folders';
import { ModeWord } from './mode';
import { Quality } from './quality';
import { packsQuery, type Rule, rulesKey, rulesQuery } from './query';

export function RuleList() {
  const rules = useQuery(rulesQuery);
  return (
    <Page title={t.title}>
      <Answer of={rules}>{(list) => <Listed list={list} />}</Answer>
    </Page>
  );
}

function Listed({ list }: { list: Schemas['RuleList'] }) {
  const address = useSearch({ from: '/shell/rules' });
  const packs = useQuery(packsQuery);
  const shown = useMemo(() => list.items.filter((r) => fits(r, address)), [list, address]);
  // Hundreds of rows are for whoever looks for something; first come the packs.
  const folded = Object.values(address).every((v) => v === undefined);
  const places = useMemo(() => new Map(shown.map((r, i) => [r.id, i])), [shown]);
  const navigate = useNavigate();
  const row = useRowKeys(shown.length, (i) => {
    const rule = shown[i];
    if (rule) void navigate({ to: '/rules/$id', params: { id: rule.id } });
  });
  return (
    <Stack gap="md">
      <Faults list={list} />
      <Filters address={address} packs={[...new Set(list.items.map((r) => r.pack))]} />
      <Text role="status" size="sm" c="dimmed">
        {t.shown(shown.length, list.items.length)}
      </Text>
      {shown.length === 0 && (
        <Empty
          title={t.none}
          action={
            <LinkButton to="/rules" variant="default">
              {t.clear}
            </LinkButton>
          }
        >
          {t.noneText}
        </Empty>
      )}
      {[...byPack(shown)].map(([pack, rules]) => (
        <Panel
          key={pack}
          title={pack}
          actions={<PackSwitch pack={packs.data?.items.find((p) => p.name === pack)} name={pack} />}
        >
          {folded ? (
            <Folded pack={pack} rules={rules} />
          ) : (
            <Rows pack={pack} rules={rules} row={(r) => row(places.get(r.id) ?? 0)} />
          )}
        </Panel>
      ))}
      <ChangesFile />
      {list.folders.length > 0 && <Folders list={list} />}
    </Stack>
  );
}

function Filters({ address, packs }: { address: RulesAddress; packs: string[] }) {
  const navigate = useNavigate({ from: '/rules' });
  const narrow = (part: RulesAddress) => navigate({ search: (now) => ({ ...now, ...part }), replace: true });
  return (
    <Group gap="sm" align="flex-end">
      <TextInput
        data-search-field
        label={t.find}
        placeholder={t.findHint}
        leftSection={<Icon name="search" size={14} />}
        value={address.q ?? ''}
        onChange={(e) => narrow({ q: e.currentTarget.value || undefined })}
        w={{ base: '100%', sm: 320 }}
      />
      <NativeSelect
        label={t.pack}
        value={address.pack ?? ''}
        onChange={(e) => narrow({ pack: e.currentTarget.value || undefined })}
        data={[{ value: '', label: t.anyPack }, ...packs.map((p) => ({ value: p, label: p }))]}
      />
      <NativeSelect
        label={t.modeName}
        value={address.mode ?? ''}
        onChange={(e) => narrow({ mode: (e.currentTarget.value || undefined) as Mode | undefined })}
        data={[{ value: '', label: t.anyMode }, ...modes.map((m) => ({ value: m, label: t.mode[m] }))]}
      />
      <NativeSelect
        label={t.columns.level}
        value={address.severity ?? ''}
        onChange={(e) => narrow({ severity: (e.currentTarget.value || undefined) as RulesAddress['severity'] })}
        data={[{ value: '', label: t.anySeverity }, ...levels.map((l) => ({ value: l, label: l }))]}
      />
      <Checkbox
        label={t.trouble}
        checked={address.trouble ?? false}
        onChange={(e) => narrow({ trouble: e.currentTarget.checked || undefined })}
        pb={8}
      />
    </Group>
  );
}

// PackSwitch switches all rules of a pack, but for those that were switched
// themselves.
function PackSwitch({ pack, name }: { pack: Schemas['Pack'] | undefined; name: string }) {
  const { may } = useMe();
  const client = useQueryClient();
  const guarded = useGuarded();
  const set = useMutation({
    mutationFn: (mode: Mode) =>
      guarded(() => take(api.POST('/api/v1/packs/{id}/mode', { params: { path: { id: name } }, body: { mode } }))),
    onSuccess: (packs, mode) => {
      client.setQueryData(packsQuery.queryKey, packs);
      void client.invalidateQueries({ queryKey: rulesKey });
      notifications.show({ message: t.packSet(name, t.mode[mode].toLowerCase()) });
    },
  });
  if (!pack) return null;
  return (
    <>
      <Text size="sm" c="dimmed">
        {t.packModes(pack.on, pack.dry_run, pack.off)}
      </Text>
      {may('rule.manage', 'all') ? (
        <NativeSelect
          aria-label={t.packMode(name)}
          size="xs"
          value={pack.mode}
          disabled={set.isPending}
          onChange={(e) => set.mutate(e.currentTarget.value as Mode)}
          data={modes.map((m) => ({ value: m, label: t.mode[m] }))}
        />
      ) : (
        <ModeWord mode={pack.mode} />
      )}
      {set.error && <Failure error={set.error} />}
    </>
  );
}

// Folded says of a pack what is worth opening it for.
function Folded({ pack, rules }: { pack: string; rules: Rule[] }) {
  const week = rules.reduce((sum, r) => sum + (r.hits?.week ?? 0), 0);
  const cannot = rules.filter((r) => !r.runs).length;
  return (
    <Group gap="md">
      <Link to="/rules" search={{ pack }}>
        {t.packRules(rules.length, pack)}
      </Link>
      <Text size="sm" c="dimmed">
        {t.packWeek(week)}
      </Text>
      {cannot > 0 && <Severity tone="warning">{t.packCannot(cannot)}</Severity>}
    </Group>
  );
}

type RowsProps = { pack: string; rules: Rule[]; row: (rule: Rule) => ReturnType<ReturnType<typeof useRowKeys>> };

function Rows({ pack, rules, row }: RowsProps) {
  const { tenantName } = useMe();
  return (
    <Table.ScrollContainer minWidth={820} type="native" role="group" aria-label={pack}>
      <Table highlightOnHover aria-label={pack} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="38%">{t.columns.rule}</Table.Th>
            <Table.Th>{t.columns.mode}</Table.Th>
            <Table.Th>{t.columns.level}</Table.Th>
            <Table.Th w={64} ta="right">
              {t.columns.day}
            </Table.Th>
            <Table.Th w={64} ta="right">
              {t.columns.week}
            </Table.Th>
            <Table.Th>{t.columns.last}</Table.Th>
            <Table.Th>{t.columns.quality}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rules.map((r) => (
            <Table.Tr key={r.id} {...row(r)}>
              <Table.Td>
                <Link to="/rules/$id" params={{ id: r.id }}>
                  {r.title}
                </Link>
                <Notes rule={r} />
              </Table.Td>
              <Table.Td>
                <ModeWord mode={r.mode} />
                {r.modes.map((m) => (
                  <div key={m.tenant} className="nj-dim">
                    {tenantName(m.tenant)}: {t.mode[m.mode]}
                  </div>
                ))}
              </Table.Td>
              <Table.Td>
                <Level of={r.severity} />
              </Table.Td>
              <Table.Td ta="right">{r.hits?.day.toLocaleString('en') ?? ''}</Table.Td>
              <Table.Td ta="right">{r.hits?.week.toLocaleString('en') ?? ''}</Table.Td>
              <Table.Td>
                <Age value={r.hits?.last} />
              </Table.Td>
              <Table.Td>
                <Quality of={r.quality} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Notes({ rule }: { rule: Rule }) {
  const notes = [...(rule.changed ? [t.changed] : []), ...(rule.exceptions > 0 ? [t.exceptions(rule.exceptions)] : [])];
  return (
    <>
      {!rule.runs && (
        <div title={t.cannotText}>
          <Severity tone="warning">{t.cannot}</Severity>
        </div>
      )}
      {notes.length > 0 && <div className="nj-dim">{notes.join(', ')}</div>}
    </>
  );
}
