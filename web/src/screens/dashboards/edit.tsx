import {
  ActionIcon,
  Button,
  Group,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Icon } from '../../parts/icon';
import { LinkButton } from '../../parts/linkbutton';
import { Page, Panel } from '../../parts/page';
import { Answer, Failure } from '../../parts/state';
import { text } from '../../text';
import { savedQuery } from '../saved/query';
import { dashboardQuery, dashboardsQuery, idOf, idPattern, inputOf } from './draft';

const t = text.dashboards;

const emptyPanel: Schemas['Panel'] = { title: '', kind: 'table', sql: text.query.example, width: 6, height: 4 };
const fresh: Schemas['Dashboard'] = { id: '', title: '', ready: false, panels: [emptyPanel] };

// DashboardEdit changes a dashboard of one's own, copies a ready one, or
// begins a new one under the id "new".
export function DashboardEdit() {
  const { id } = useParams({ from: '/shell/dashboards/$id/edit' });
  const query = useQuery({ ...dashboardQuery(id), enabled: id !== 'new' });
  if (id === 'new') return <Form of={fresh} />;
  return <Answer of={query}>{(d) => <Form key={d.id} of={d} />}</Answer>;
}

function Form({ of }: { of: Schemas['Dashboard'] }) {
  const exists = of.id !== '' && !of.ready;
  const [title, setTitle] = useState(of.title);
  const [typedId, setId] = useState<string | undefined>(exists ? of.id : undefined);
  const [about, setAbout] = useState(of.text ?? '');
  const [panels, setPanels] = useState(() => inputOf(of).panels.map((panel, key) => ({ key, panel })));
  const client = useQueryClient();
  const navigate = useNavigate();
  const id = typedId ?? (of.ready && title === of.title ? `${of.id}-copy` : idOf(title));
  const keep = useMutation({
    mutationFn: () =>
      take(
        api.PUT('/api/v1/dashboards/{id}', {
          params: { path: { id } },
          body: { title: title.trim(), panels: panels.map((p) => p.panel), ...(about ? { text: about } : {}) },
        }),
      ),
    onSuccess: async (saved) => {
      client.setQueryData(dashboardQuery(saved.id).queryKey, saved);
      await client.invalidateQueries({ queryKey: dashboardsQuery.queryKey });
      void navigate({ to: '/dashboards/$id', params: { id: saved.id } });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    keep.mutate();
  };
  const add = (panel: Schemas['Panel']) =>
    setPanels((all) => [...all, { key: Math.max(-1, ...all.map((p) => p.key)) + 1, panel }]);
  const saved = (useQuery(savedQuery).data?.items ?? []).filter((s) => s.sql !== '' && s.sql.length <= 16_384);
  const change = (key: number, part: Partial<Schemas['Panel']>) =>
    setPanels((all) => all.map((p) => (p.key === key ? { key, panel: { ...p.panel, ...part } } : p)));
  const move = (at: number, by: number) =>
    setPanels((all) => {
      const next = [...all];
      const [one] = next.splice(at, 1);
      if (one) next.splice(at + by, 0, one);
      return next;
    });
  return (
    <Page title={of.ready ? `${t.copy}: ${of.title}` : of.title || t.newTitle}>
      <form onSubmit={submit}>
        <Stack gap="md" maw={860}>
          <TextInput label={t.name} value={title} onChange={(e) => setTitle(e.currentTarget.value)} required />
          {!exists && (
            <TextInput
              label={t.id}
              description={t.idHint}
              value={id}
              onChange={(e) => setId(e.currentTarget.value)}
              pattern={idPattern}
              required
            />
          )}
          <TextInput label={t.text} value={about} onChange={(e) => setAbout(e.currentTarget.value)} />
          {panels.map(({ key, panel }, i) => (
            <Panel
              key={key}
              title={t.panel(i + 1)}
              actions={
                <>
                  <Act label={`${t.up}: ${t.panel(i + 1)}`} icon="left" disabled={i === 0} act={() => move(i, -1)} />
                  <Act
                    label={`${t.down}: ${t.panel(i + 1)}`}
                    icon="right"
                    disabled={i === panels.length - 1}
                    act={() => move(i, 1)}
                  />
                  <Act
                    label={`${t.removePanel}: ${t.panel(i + 1)}`}
                    icon="close"
                    act={() => setPanels((all) => all.filter((p) => p.key !== key))}
                  />
                </>
              }
            >
              <PanelForm panel={panel} change={(part) => change(key, part)} />
            </Panel>
          ))}
          <Button
            variant="default"
            leftSection={<Icon name="plus" />}
            style={{ alignSelf: 'flex-start' }}
            onClick={() => add(emptyPanel)}
          >
            {t.add}
          </Button>
          {saved.length > 0 && (
            <NativeSelect
              label={text.saved.addPanel}
              maw={420}
              value=""
              data={[{ value: '', label: '' }, ...saved.map((s) => ({ value: s.id, label: s.name }))]}
              onChange={(e) => {
                const s = saved.find((one) => one.id === e.currentTarget.value);
                if (s) add({ ...emptyPanel, title: s.name, sql: s.sql });
              }}
            />
          )}
          {keep.error && <Failure error={keep.error} />}
          <Group>
            <Button type="submit" loading={keep.isPending}>
              {text.action.save}
            </Button>
            {of.id === '' ? (
              <LinkButton variant="default" to="/dashboards">
                {text.action.cancel}
              </LinkButton>
            ) : (
              <LinkButton variant="default" to="/dashboards/$id" params={{ id: of.id }}>
                {text.action.cancel}
              </LinkButton>
            )}
          </Group>
        </Stack>
      </form>
    </Page>
  );
}

function PanelForm({ panel, change }: { panel: Schemas['Panel']; change: (part: Partial<Schemas['Panel']>) => void }) {
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, sm: 4 }}>
        <TextInput
          label={t.panelTitle}
          value={panel.title}
          onChange={(e) => change({ title: e.currentTarget.value })}
          required
        />
        <NativeSelect
          label={t.kind}
          value={panel.kind}
          onChange={(e) => change({ kind: e.currentTarget.value as Schemas['Panel']['kind'] })}
          data={(['line', 'bar', 'table', 'number'] as const).map((value) => ({ value, label: t.kinds[value] }))}
        />
        <NumberInput
          label={t.width}
          min={1}
          max={12}
          value={panel.width ?? 6}
          onChange={(v) => change({ width: Number(v) || 6 })}
        />
        <NumberInput
          label={t.height}
          min={1}
          max={12}
          value={panel.height ?? 3}
          onChange={(v) => change({ height: Number(v) || 3 })}
        />
      </SimpleGrid>
      <Textarea
        label={t.sql}
        value={panel.sql}
        onChange={(e) => change({ sql: e.currentTarget.value })}
        autosize
        minRows={4}
        maxRows={16}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        required
      />
    </Stack>
  );
}

function Act({
  label,
  icon,
  disabled,
  act,
}: {
  label: string;
  icon: 'left' | 'right' | 'close';
  disabled?: boolean;
  act: () => void;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" aria-label={label} disabled={disabled} onClick={act}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}
