import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { curl, quoted } from '../../parts/command';
import { Copy, CopyMenu } from '../../parts/copy';
import { Fact } from '../../parts/fact';
import { Panel } from '../../parts/page';
import { Answer } from '../../parts/state';
import { Time } from '../../parts/time';
import { alerts as t } from '../../text/alerts';
import { Actions } from './actions';
import { AskMore } from './ask';
import { Entities } from './entity';
import { Evidence } from './evidence';
import { Exception } from './exception';
import { Frame } from './frame';
import { KeyHelp } from './help';
import { History } from './history';
import { actOf, useTriageKeys } from './keys';
import { Level } from './level';
import { Normal } from './normal';
import { keepPlace, placeOf } from './place';
import { type Alert, alertQuery } from './query';
import { Refused } from './refused';
import { Related } from './related';
import { RulePanel, Steps } from './rule';
import { StatusOf } from './status';
import { useTriage } from './triage';

// AlertPage is one alert with all that helps to decide what it is.
export function AlertPage() {
  const { id } = useParams({ from: '/shell/alerts/$id' });
  const query = useQuery(alertQuery(id));
  const client = useQueryClient();
  const navigate = useNavigate();
  const [help, helping] = useDisclosure(false);
  const triage = useTriage(() => undefined);
  const heading = useRef<HTMLParagraphElement>(null);
  const focus = () => heading.current?.focus();
  const there = query.data?.id;
  const place = placeOf(client);
  const came = place !== undefined;
  // Whoever came from the queue goes on from the sentence, not from the top.
  useEffect(() => {
    if (there && came) heading.current?.focus({ preventScroll: true });
  }, [there, came]);
  const back = () => void navigate({ to: '/alerts', search: place?.address ?? {} });
  const step = (by: number) => {
    const next = place?.order[place.order.indexOf(id) + by];
    if (!place || !next || !place.order.includes(id)) return;
    keepPlace(client, { ...place, at: next });
    void navigate({ to: '/alerts/$id', params: { id: next }, replace: true });
  };
  useTriageKeys((key) => {
    if (key === '?') helping.open();
    else if (key === 'Escape') back();
    else if (key === 'j') step(1);
    else if (key === 'k') step(-1);
    else if (key === 'z') triage.undo();
    else if (actOf[key] && query.data) triage.act(actOf[key], [query.data]);
    else return false;
    return true;
  });
  return (
    <Frame
      title={query.data?.title ?? id}
      actions={
        query.data && (
          <>
            <Actions of={[query.data]} triage={triage} />
            <Share of={query.data} />
          </>
        )
      }
    >
      <Refused triage={triage} />
      <Answer of={query}>
        {(a) => (
          <Stack gap="md">
            <Panel label={t.reason}>
              <Text ref={heading} tabIndex={-1} fw={600} size="lg" style={{ overflowWrap: 'anywhere' }}>
                {a.reason}
              </Text>
              <Facts of={a} />
            </Panel>
            <Exception of={a} />
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              <Stack gap="md" miw={0}>
                <Panel title={t.entities}>
                  <Entities of={a} />
                </Panel>
                <Evidence of={a} />
                <Normal id={a.id} />
              </Stack>
              <Stack gap="md" miw={0}>
                <Steps key={a.id} of={a} />
                <RulePanel of={a} />
                <Related of={a} />
                <History id={a.id} />
              </Stack>
            </SimpleGrid>
            <Link to="/alerts" search={place?.address ?? {}}>
              {t.back}
            </Link>
          </Stack>
        )}
      </Answer>
      <AskMore triage={triage} settled={focus} />
      <KeyHelp opened={help} close={helping.close} />
    </Frame>
  );
}

function Facts({ of: a }: { of: Alert }) {
  return (
    <Group mt="sm" align="flex-start" style={{ columnGap: 28, rowGap: 8 }}>
      <Fact name={t.columns.severity}>
        <Level of={a.severity} />
        {a.severity_by && (
          <Text size="xs" c="dimmed">
            {t.severityBy(a.severity_by, t.severity[a.rule_severity].toLowerCase())}
          </Text>
        )}
      </Fact>
      <Fact name={t.columns.status}>
        <span role="status">
          <StatusOf alert={a} />
        </span>
      </Fact>
      <Fact name={t.columns.assignee}>{a.assignee ? (a.assignee_name ?? a.assignee) : t.nobody}</Fact>
      <Fact name={t.columns.count}>{t.events(a.count)}</Fact>
      <Fact name={t.columns.first}>
        <Time value={a.first} />
      </Fact>
      <Fact name={t.columns.last}>
        <Time value={a.last} />
      </Fact>
      <Fact name={t.tenant}>{a.tenant}</Fact>
      {a.pack && <Fact name={t.pack}>{a.pack}</Fact>}
      <Fact name={t.incident}>
        <Link to="/incidents/$id" params={{ id: a.incident }}>
          {a.incident}
        </Link>
      </Fact>
      {(a.silence || a.inhibitor) && (
        <Fact name={t.silencedBy}>
          <Link to="/silences">{t.silencedText}</Link>
          {a.inhibitor && (
            <div>
              {t.inhibitedBy}{' '}
              <Link to="/alerts/$id" params={{ id: a.inhibitor }}>
                {a.inhibitor}
              </Link>
            </div>
          )}
        </Fact>
      )}
      <Fact name={t.id}>
        <Copy value={a.id} />
      </Fact>
    </Group>
  );
}

function Share({ of: a }: { of: Alert }) {
  return (
    <CopyMenu
      forms={[
        { label: t.copy.link, value: () => window.location.href },
        { label: t.copy.id, value: () => a.id },
        { label: t.copy.json, value: () => JSON.stringify(a, null, 2) },
        { label: t.copy.cli, value: () => `nightjar alert show ${quoted(a.id)}` },
        { label: t.copy.curl, value: () => curl('GET', `/api/v1/alerts/${encodeURIComponent(a.id)}`) },
      ]}
    />
  );
}
