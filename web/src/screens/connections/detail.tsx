import { Button, Group, Menu, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { ApiError } from '../../api/error';
import { connectionQuery, connectionsQuery } from '../../api/queries';
import { Copy } from '../../parts/copy';
import { Fact } from '../../parts/fact';
import { Icon } from '../../parts/icon';
import { Page, Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Sides } from '../../parts/sides';
import { Answer, Empty, Failure } from '../../parts/state';
import { Time } from '../../parts/time';
import { WarningList } from '../../parts/warning';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { type Tab, tabs } from './address';
import { useBeginConsent } from './begin';
import { CheckResult } from './check';
import { CoverageTab } from './coverage';
import { Disconnect } from './disconnect';
import { EditConnection } from './edit';
import { Expiry, ends } from './expiry';
import { FeedTable } from './feeds';
import { LogTab } from './log';
import { PermissionTab } from './permission';
import { ReplaceCredential } from './replace';
import { stateTone } from './tone';

const t = text.connections;

export function ConnectionDetail() {
  const { tenant } = useParams({ from: '/shell/connections/$tenant' });
  // A connection that was just removed here is not asked about any more.
  const [gone, setGone] = useState(false);
  const query = useQuery({ ...connectionQuery(tenant), enabled: !gone });
  // Somebody else removed it meanwhile: what is shown would only look alive.
  const elsewhere = query.data && query.error && ApiError.of(query.error).code === 'not_found';
  const actions = query.data && !elsewhere && <Actions connection={query.data} removed={() => setGone(true)} />;
  return (
    <Page title={query.data?.name ?? t.title} actions={actions}>
      {elsewhere ? (
        <Empty title={t.gone} action={<Link to="/connections">{t.title}</Link>}>
          {t.goneText}
        </Empty>
      ) : (
        <Answer of={query}>{(connection) => <Detail connection={connection} />}</Answer>
      )}
    </Page>
  );
}

type Of = { connection: Schemas['Connection'] };

const sides: Record<Tab, (of: Of) => React.ReactNode> = {
  feeds: ({ connection }) => <FeedTable feeds={connection.feeds} />,
  coverage: ({ connection }) => <CoverageTab tenant={connection.tenant_id} />,
  log: ({ connection }) => <LogTab tenant={connection.tenant_id} />,
  permissions: PermissionTab,
};

function Detail({ connection: c }: Of) {
  const { tab } = useSearch({ from: '/shell/connections/$tenant' });
  const navigate = useNavigate({ from: '/connections/$tenant' });
  return (
    <Stack gap="md">
      <CheckResult tenant={c.tenant_id} />
      {c.warnings.length > 0 && (
        <Panel title={text.shell.health.degraded}>
          <WarningList warnings={c.warnings} />
        </Panel>
      )}
      <Panel label={t.details}>
        <Group align="flex-start" style={{ columnGap: 32, rowGap: 8 }}>
          <Fact name={t.columns.state}>
            <Severity tone={stateTone[c.state]}>{t.state[c.state]}</Severity>
          </Fact>
          <Fact name={t.columns.credential}>
            {t.credential[c.credential.kind]}
            {ends(c.credential) && (
              <>
                {' '}
                · <Expiry credential={c.credential} />
              </>
            )}
            {c.credential.thumbprint && <Copy value={c.credential.thumbprint} label={t.credential.thumbprint} />}
          </Fact>
          <Fact name={t.tenantId}>
            <Copy value={c.tenant_id} label={t.tenantId} />
          </Fact>
          <Fact name={t.clientId}>
            <Copy value={c.client_id} label={t.clientId} />
          </Fact>
          <Fact name={t.cloud}>{c.cloud}</Fact>
          {c.tag && <Fact name={t.tag}>{c.tag}</Fact>}
          <Fact name={t.since}>
            <Time value={c.created} detail="minute" />
          </Fact>
        </Group>
        {c.declared && (
          <Text size="sm" c="dimmed" mt="sm">
            {t.declared}
          </Text>
        )}
      </Panel>
      <Sides
        label={c.name}
        names={tabs}
        titles={t.tabs}
        shown={tab}
        show={(next) => navigate({ search: (now) => ({ ...now, tab: next }) })}
      >
        {(name) => {
          const Side = sides[name];
          return <Side connection={c} />;
        }}
      </Sides>
    </Stack>
  );
}

// checkKey is where the newest test of a connection is kept while one looks.
export const checkKey = (tenant: string) => ['check', tenant];

function Actions({ connection: c, removed }: Of & { removed: () => void }) {
  const { may } = useMe();
  const client = useQueryClient();
  const [open, setOpen] = useState<'edit' | 'replace' | 'disconnect'>();
  const path = { params: { path: { tenant: c.tenant_id } } };
  const changed = (next: Schemas['Connection']) => {
    client.setQueryData(connectionQuery(c.tenant_id).queryKey, next);
    void client.invalidateQueries({ queryKey: connectionsQuery.queryKey });
  };
  const check = useMutation({
    mutationKey: checkKey(c.tenant_id),
    mutationFn: () => take(api.POST('/api/v1/connections/{tenant}/check', path)),
    onSuccess: (report) => {
      client.setQueryData(checkKey(c.tenant_id), report);
      void client.invalidateQueries({ queryKey: connectionsQuery.queryKey });
    },
  });
  const collect = useMutation({
    mutationFn: () => take(api.POST('/api/v1/connections/{tenant}/collect', path)),
    onSuccess: (started) => {
      notifications.show({ message: t.collectAsked(started.feeds.length) });
      void client.invalidateQueries({ queryKey: connectionsQuery.queryKey });
    },
  });
  const pause = useMutation({
    mutationFn: () =>
      take(
        c.paused
          ? api.POST('/api/v1/connections/{tenant}/resume', path)
          : api.POST('/api/v1/connections/{tenant}/pause', path),
      ),
    onSuccess: (next) => {
      changed(next);
      notifications.show({ message: next.paused ? t.pausedNow : t.resumedNow });
    },
  });
  const renew = useBeginConsent();
  if (!may('connection.manage', c.tenant_id)) return null;
  const failed = check.error ?? collect.error ?? pause.error ?? renew.error;
  return (
    <>
      <Button variant="default" onClick={() => check.mutate()} loading={check.isPending}>
        {t.actions.test}
      </Button>
      <Button onClick={() => collect.mutate()} loading={collect.isPending} disabled={c.paused}>
        {t.actions.collect}
      </Button>
      {/* What the configuration declares is changed there; the facts below say so. */}
      {!c.declared && (
        <>
          <Button variant="default" onClick={() => pause.mutate()} loading={pause.isPending}>
            {c.paused ? t.actions.resume : t.actions.pause}
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" aria-label={t.actions.more}>
                <Icon name="more" />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setOpen('edit')}>{t.actions.edit}</Menu.Item>
              {c.credential.kind === 'consent' ? (
                <Menu.Item
                  onClick={() => renew.mutate({ tenant_id: c.tenant_id, cloud: c.cloud, services: c.services })}
                >
                  {t.actions.renew}
                </Menu.Item>
              ) : (
                <Menu.Item onClick={() => setOpen('replace')}>{t.actions.replace}</Menu.Item>
              )}
              <Menu.Divider />
              <Menu.Item onClick={() => setOpen('disconnect')}>{t.actions.disconnect}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      )}
      {failed && <Failure error={failed} />}
      <EditConnection connection={c} opened={open === 'edit'} close={() => setOpen(undefined)} changed={changed} />
      <ReplaceCredential
        connection={c}
        opened={open === 'replace'}
        close={() => setOpen(undefined)}
        changed={changed}
      />
      <Disconnect connection={c} opened={open === 'disconnect'} close={() => setOpen(undefined)} removed={removed} />
    </>
  );
}
