import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { api, type Schemas, take } from '../../api/client';
import { save } from '../../parts/file';
import { LinkButton } from '../../parts/linkbutton';
import { Page } from '../../parts/page';
import { SpanPicker } from '../../parts/spanpicker';
import { Answer, Failure } from '../../parts/state';
import { TenantPicker } from '../../parts/tenantpicker';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { useClock } from '../../time/clock';
import { day, hasSpan, lastSpan, type Span } from '../../time/span';
import type { Look } from '../map/address';
import { dashboardQuery, dashboardsQuery, writeFile } from './draft';
import { PanelView } from './panel';

const t = text.dashboards;

export function DashboardView() {
  const { id } = useParams({ from: '/shell/dashboards/$id' });
  const look = useSearch({ from: '/shell/dashboards/$id' });
  const navigate = useNavigate({ from: '/dashboards/$id' });
  const query = useQuery(dashboardQuery(id));
  const clock = useClock();
  const span: Span = hasSpan(look) ? look : lastSpan(day, clock.now());
  const change = (part: Partial<Look>) => navigate({ search: (now) => ({ ...now, ...part }) });
  return (
    <Page title={query.data?.title ?? t.title} actions={query.data && <Actions dashboard={query.data} />}>
      <Group gap="sm">
        <TenantPicker value={look.tenant} onChange={(tenant) => change({ tenant })} />
        <SpanPicker span={span} onChange={change} />
      </Group>
      <Answer of={query}>
        {(d) => (
          <Stack gap="md">
            {d.text && <Text c="dimmed">{d.text}</Text>}
            <div className="nj-board">
              {d.panels.map((p, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a panel is known by its place alone
                <PanelView key={`${i} ${p.title}`} panel={p} span={span} tenant={look.tenant} />
              ))}
            </div>
          </Stack>
        )}
      </Answer>
    </Page>
  );
}

function Actions({ dashboard }: { dashboard: Schemas['Dashboard'] }) {
  const { may } = useMe();
  const [opened, dialog] = useDisclosure(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => take(api.DELETE('/api/v1/dashboards/{id}', { params: { path: { id: dashboard.id } } })),
    onSuccess: async () => {
      await navigate({ to: '/dashboards' });
      client.removeQueries({ queryKey: ['dashboards', dashboard.id] });
      void client.invalidateQueries({ queryKey: dashboardsQuery.queryKey });
    },
  });
  return (
    <>
      <Button variant="default" onClick={() => save(`${dashboard.id}.json`, 'application/json', writeFile(dashboard))}>
        {t.download}
      </Button>
      {may('dashboard.manage', 'all') && (
        <LinkButton variant="default" to="/dashboards/$id/edit" params={{ id: dashboard.id }}>
          {dashboard.ready ? t.copy : t.edit}
        </LinkButton>
      )}
      {may('dashboard.manage', 'all') && !dashboard.ready && (
        <Button variant="default" onClick={dialog.open}>
          {t.remove}
        </Button>
      )}
      <Modal
        opened={opened}
        onClose={dialog.close}
        title={t.removeTitle}
        closeButtonProps={{ 'aria-label': text.action.close }}
      >
        <Stack gap="md">
          <Text>{t.removeText(dashboard.title)}</Text>
          {remove.error && <Failure error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close}>
              {text.action.cancel}
            </Button>
            <Button color="red.9" loading={remove.isPending} onClick={() => remove.mutate()}>
              {t.remove}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
