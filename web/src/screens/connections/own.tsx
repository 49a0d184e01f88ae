import { Anchor, Button, Group, List, SegmentedControl, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { connectionQuery, connectionsQuery, meQuery } from '../../api/queries';
import { Copy, CopyButton } from '../../parts/copy';
import { save } from '../../parts/file';
import { Panel } from '../../parts/page';
import { Answer, Failure } from '../../parts/state';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { type CredentialDraft, CredentialFields, emptyCredential, inputOf } from './credential';

const t = text.connections.own;
const guid = /^\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$/;

// OwnApplication guides through making an application in the tenant and takes
// its values.
export function OwnApplication({
  services,
  cloud,
  back,
}: {
  services: Schemas['Service'][];
  cloud: string;
  back: () => void;
}) {
  return (
    <Stack gap="md">
      <Panel title={t.title}>
        <Tabs defaultValue="clicks" keepMounted={false}>
          <Tabs.List aria-label={t.title}>
            <Tabs.Tab value="clicks">{t.clicks}</Tabs.Tab>
            <Tabs.Tab value="script">{t.script}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="clicks" pt="md">
            <Clicks services={services} />
          </Tabs.Panel>
          <Tabs.Panel value="script" pt="md">
            <Script services={services} cloud={cloud} />
          </Tabs.Panel>
        </Tabs>
      </Panel>
      <Panel title={t.values}>
        <Values cloud={cloud} back={back} />
      </Panel>
    </Stack>
  );
}

function Clicks({ services }: { services: Schemas['Service'][] }) {
  const byApi = new Map<string, string[]>();
  for (const p of services.flatMap((s) => s.permissions))
    byApi.set(p.api, [...new Set([...(byApi.get(p.api) ?? []), p.name])]);
  return (
    <List type="ordered" spacing="sm">
      <List.Item>
        {t.guide.register}{' '}
        <Anchor
          href="https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"
          target="_blank"
          rel="noopener noreferrer"
        >
          {t.guide.link}
        </Anchor>
      </List.Item>
      <List.Item>
        {t.guide.name} <Copy value={t.guide.nameValue} />
      </List.Item>
      <List.Item>
        {t.guide.permissions}
        {[...byApi].map(([name, permissions]) => (
          <div key={name}>
            <Copy value={name} />
            <List withPadding>
              {permissions.map((p) => (
                <List.Item key={p}>
                  <Copy value={p} />
                </List.Item>
              ))}
            </List>
          </div>
        ))}
      </List.Item>
      <List.Item>{t.guide.grant}</List.Item>
      <List.Item>{t.guide.credential}</List.Item>
      <List.Item>{t.guide.overview}</List.Item>
    </List>
  );
}

function Script({ services, cloud }: { services: Schemas['Service'][]; cloud: string }) {
  const [kind, setKind] = useState<Schemas['ScriptKind']>('az');
  const service = services.map((s) => s.id);
  const query = useQuery({
    queryKey: ['script', kind, service, cloud],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/scripts/{kind}', { params: { path: { kind }, query: { service, cloud } }, signal })),
    staleTime: 300_000,
  });
  return (
    <Stack gap="sm" align="stretch">
      <Text>{t.scriptText}</Text>
      <SegmentedControl
        aria-label={t.script}
        data={(['az', 'powershell', 'terraform'] as const).map((k) => ({ value: k, label: t.kind[k] }))}
        value={kind}
        onChange={(k) => setKind(k as Schemas['ScriptKind'])}
        style={{ alignSelf: 'flex-start' }}
      />
      <Answer of={query}>
        {(script) => (
          <>
            <section className="nj-code" aria-label={script.filename} tabIndex={0}>
              {script.text}
            </section>
            <Group>
              <CopyButton value={script.text} label={text.action.copyThis(script.filename)} />
              <Button variant="default" onClick={() => save(script.filename, 'text/plain', script.text)}>
                {t.downloadScript}
              </Button>
            </Group>
          </>
        )}
      </Answer>
    </Stack>
  );
}

function Values({ cloud, back }: { cloud: string; back: () => void }) {
  const [tenant, setTenant] = useState('');
  const [application, setApplication] = useState('');
  const [name, setName] = useState('');
  const [credential, setCredential] = useState<CredentialDraft>(emptyCredential);
  const guarded = useGuarded();
  const client = useQueryClient();
  const navigate = useNavigate();
  const add = useMutation({
    mutationFn: () =>
      guarded(() =>
        take(
          api.POST('/api/v1/connections', {
            body: {
              tenant_id: tenant.trim(),
              client_id: application.trim(),
              name: name.trim(),
              cloud,
              credential: inputOf(credential),
            },
          }),
        ),
      ),
    onSuccess: (connection) => {
      client.setQueryData(connectionQuery(connection.tenant_id).queryKey, connection);
      void client.invalidateQueries({ queryKey: connectionsQuery.queryKey });
      void client.invalidateQueries({ queryKey: meQuery.queryKey });
      void navigate({ to: '/connections/$tenant', params: { tenant: connection.tenant_id } });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    add.mutate();
  };
  const wrong = (value: string) => (value.trim() !== '' && !guid.test(value.trim()) ? t.guid : undefined);
  return (
    <form onSubmit={submit}>
      <Stack gap="md" maw={520}>
        <TextInput
          label={t.tenantId}
          description={t.tenantIdHint}
          value={tenant}
          onChange={(e) => setTenant(e.currentTarget.value)}
          error={wrong(tenant)}
          required
        />
        <TextInput
          label={t.clientId}
          description={t.clientIdHint}
          value={application}
          onChange={(e) => setApplication(e.currentTarget.value)}
          error={wrong(application)}
          required
        />
        <TextInput
          label={t.name}
          description={t.nameHint}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,62}"
          required
        />
        <CredentialFields
          value={credential}
          onChange={setCredential}
          tenant={guid.test(tenant.trim()) ? tenant.trim().replace(/[{}]/g, '').toLowerCase() : undefined}
        />
        {add.error && <Failure error={add.error} />}
        <Group>
          <Button type="submit" loading={add.isPending}>
            {t.connect}
          </Button>
          <Button variant="default" onClick={back}>
            {text.action.back}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
