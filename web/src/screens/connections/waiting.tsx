import { Alert, Button, Group, Stack, Text, TextInput, Timeline } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { connectionQuery, connectionsQuery, meQuery } from '../../api/queries';
import { Icon } from '../../parts/icon';
import { LinkButton } from '../../parts/linkbutton';
import { Page, Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Answer, Failure } from '../../parts/state';
import { Time } from '../../parts/time';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { useAttempt } from './attempt';
import { stepTone } from './tone';

const t = text.connections.consent;

// ConsentWaiting shows each step of a consent as it happens. It holds nothing
// of its own: a reload, or another tab, shows the same.
export function ConsentWaiting() {
  const { id } = useParams({ from: '/shell/connections/consent/$id' });
  const { query, interrupted } = useAttempt(id);
  return (
    <Page title={t.title}>
      <Answer of={query}>
        {(attempt) => (
          <Stack gap="md" maw={720}>
            {interrupted && <Text c="dimmed">{t.lost}</Text>}
            <Progress attempt={attempt} />
          </Stack>
        )}
      </Answer>
    </Page>
  );
}

function Progress({ attempt }: { attempt: Schemas['Attempt'] }) {
  const ended = attempt.status === 'failed' || attempt.status === 'cancelled';
  return (
    <>
      <Panel label={t.title}>
        <Stack gap="md">
          <div role="status">
            <Severity tone={attempt.status === 'connected' ? 'ok' : ended ? 'critical' : 'idle'}>
              <strong>{renewed(attempt) ? t.renewed : t.status[attempt.status]}</strong>
            </Severity>
          </div>
          {attempt.status === 'consent' && <OpenMicrosoft id={attempt.id} />}
          {ended && (attempt.detail || attempt.remedy) && (
            <Alert
              color="red"
              variant="outline"
              role="alert"
              title={attempt.detail}
              styles={{ title: { color: 'var(--nj-bad)' } }}
            >
              {attempt.remedy}
            </Alert>
          )}
          <Timeline bulletSize={20} lineWidth={2} active={lastDone(attempt)} aria-label={t.title}>
            {attempt.steps.map((s) => (
              <Timeline.Item
                key={s.step}
                title={s.title}
                bullet={
                  s.status === 'ok' ? (
                    <Icon name="check" size={12} />
                  ) : s.status === 'failed' ? (
                    <Icon name="close" size={12} />
                  ) : undefined
                }
              >
                <Severity tone={stepTone[s.status]}>{t.step[s.status]}</Severity>{' '}
                {s.time && (
                  <Text span size="sm" c="dimmed">
                    <Time value={s.time} />
                  </Text>
                )}
                {s.detail && <Text size="sm">{s.detail}</Text>}
                {s.status !== 'ok' && s.remedy && <Text size="sm">{s.remedy}</Text>}
              </Timeline.Item>
            ))}
          </Timeline>
          {attempt.status === 'checking' && (
            <Text size="sm" c="dimmed">
              {t.patience}{' '}
              {attempt.deadline && (
                <>
                  {t.until} <Time value={attempt.deadline} />.
                </>
              )}
            </Text>
          )}
          {attempt.account && (
            <Text size="sm">
              {t.account} <strong>{attempt.account}</strong>
            </Text>
          )}
          {attempt.tenant_id && (
            <Text size="sm">
              {t.tenant} <span className="nj-mono">{attempt.tenant_id}</span>
            </Text>
          )}
        </Stack>
      </Panel>
      {!ended && !attempt.saved && !attempt.renew && attempt.tenant_id && attempt.status !== 'consent' && (
        <SaveForm attempt={attempt} />
      )}
      <Actions attempt={attempt} ended={ended} />
    </>
  );
}

// renewed tells that all of a connection's consent holds anew. The connection
// has its name and was saved long ago, so that nothing is left to do here.
const renewed = (attempt: Schemas['Attempt']) => attempt.renew && attempt.status === 'connected';

function lastDone(attempt: Schemas['Attempt']): number {
  const open = attempt.steps.findIndex((s) => s.status !== 'ok');
  return (open < 0 ? attempt.steps.length : open) - 1;
}

function OpenMicrosoft({ id }: { id: string }) {
  const client = useQueryClient();
  const url = client.getQueryData<string>(['consent-url', id]);
  return (
    <Stack gap="sm" align="flex-start">
      <Text>{t.openText}</Text>
      {url && (
        <>
          <Button
            component="a"
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            rightSection={<Icon name="open" />}
          >
            {t.open}
          </Button>
          <Text size="sm" c="dimmed">
            {t.blocked}
          </Text>
        </>
      )}
    </Stack>
  );
}

function SaveForm({ attempt }: { attempt: Schemas['Attempt'] }) {
  const [typed, setTyped] = useState<string>();
  const name = typed ?? attempt.name ?? '';
  const client = useQueryClient();
  const navigate = useNavigate();
  const save = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/consents/{id}/save', { params: { path: { id: attempt.id } }, body: { name: name.trim() } }),
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
    save.mutate();
  };
  return (
    <Panel label={t.save}>
      <form onSubmit={submit}>
        <Stack gap="sm" align="flex-start">
          <Text>{attempt.status === 'connected' ? t.readyToSave : t.saveEarly}</Text>
          <TextInput
            label={t.name}
            description={text.connections.edit.nameHint}
            value={name}
            onChange={(e) => setTyped(e.currentTarget.value)}
            pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,62}"
            required
            w={320}
          />
          {save.error && <Failure error={save.error} />}
          <Button type="submit" loading={save.isPending} leftSection={<Icon name="check" />}>
            {t.save}
          </Button>
        </Stack>
      </form>
    </Panel>
  );
}

function Actions({ attempt, ended }: { attempt: Schemas['Attempt']; ended: boolean }) {
  const navigate = useNavigate();
  const guarded = useGuarded();
  const drop = useMutation({
    mutationFn: () =>
      guarded(() => take(api.DELETE('/api/v1/consents/{id}', { params: { path: { id: attempt.id } } }))),
    onSuccess: () => navigate({ to: '/connections' }),
  });
  const over = { to: '/connections/new', search: { step: 'way', service: attempt.services } } as const;
  return (
    <Group>
      {ended && <LinkButton {...over}>{t.again}</LinkButton>}
      {attempt.status === 'consent' && (
        <LinkButton variant="default" {...over}>
          {t.startOver}
        </LinkButton>
      )}
      {(attempt.saved || renewed(attempt)) && attempt.tenant_id && (
        <LinkButton to="/connections/$tenant" params={{ tenant: attempt.tenant_id }}>
          {t.toConnection}
        </LinkButton>
      )}
      {!attempt.saved && !renewed(attempt) && (
        <Button variant="default" onClick={() => drop.mutate()} loading={drop.isPending}>
          {t.giveUp}
        </Button>
      )}
      {drop.error && <Failure error={drop.error} />}
    </Group>
  );
}
