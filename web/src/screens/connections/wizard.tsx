import {
  Alert,
  Button,
  Checkbox,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Stepper,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Schemas } from '../../api/client';
import { servicesQuery } from '../../api/queries';
import { Icon } from '../../parts/icon';
import { Page, Panel } from '../../parts/page';
import { Answer, Failure } from '../../parts/state';
import { text } from '../../text';
import { steps } from './address';
import { useBeginConsent } from './begin';
import { OwnApplication } from './own';

const t = text.connections.wizard;

type ServiceList = Schemas['ServiceList'];
type ServiceID = Schemas['ServiceID'];

// ConnectWizard leads from what a tenant shall be watched for to a connection.
// Its whole state is in the address: it survives a reload and can be handed on.
export function ConnectWizard() {
  const query = useQuery(servicesQuery);
  return (
    <Page title={t.title}>
      <Answer of={query}>{(services) => <Steps services={services} />}</Answer>
    </Page>
  );
}

function Steps({ services }: { services: ServiceList }) {
  const address = useSearch({ from: '/shell/connections/new' });
  const navigate = useNavigate({ from: '/connections/new' });
  const available = services.items.filter((s) => s.available);
  const chosen = available.filter((s) => address.service?.includes(s.id) ?? true);
  const cloud = services.clouds.find((c) => c === address.cloud) ?? services.clouds[0] ?? 'commercial';
  const step = address.step ?? 'services';
  const go = (next: (typeof steps)[number]) =>
    navigate({ search: (now) => ({ ...now, step: next === 'services' ? undefined : next }) });
  const choose = (ids: string[]) => navigate({ search: (now) => ({ ...now, service: ids }), replace: true });
  return (
    <Stack gap="lg" maw={960}>
      <Stepper
        active={steps.indexOf(step)}
        onStepClick={(i) => go(steps[i] ?? 'services')}
        size="sm"
        aria-label={t.title}
        completedIcon={<Icon name="check" />}
      >
        {steps.map((s, i) => (
          <Stepper.Step key={s} label={t.steps[s]} allowStepSelect={i < steps.indexOf(step)} />
        ))}
      </Stepper>
      {step === 'services' && (
        <Choice services={services} chosen={chosen.map((s) => s.id)} choose={choose} next={() => go('way')} />
      )}
      {step === 'way' && (
        <Way
          services={services}
          chosen={chosen.map((s) => s.id)}
          cloud={cloud}
          setCloud={(c) =>
            navigate({ search: (now) => ({ ...now, cloud: c === services.clouds[0] ? undefined : c }), replace: true })
          }
          own={() => go('application')}
          back={() => go('services')}
        />
      )}
      {step === 'application' && <OwnApplication services={chosen} cloud={cloud} back={() => go('way')} />}
    </Stack>
  );
}

function Choice({
  services,
  chosen,
  choose,
  next,
}: {
  services: ServiceList;
  chosen: ServiceID[];
  choose: (ids: string[]) => void;
  next: () => void;
}) {
  return (
    <Stack gap="md">
      <Text>{t.servicesText}</Text>
      {services.items.map((s) => (
        <Panel key={s.id} label={s.title}>
          <Stack gap="sm">
            <Checkbox
              label={<strong>{s.available ? s.title : `${s.title} (${t.later})`}</strong>}
              description={s.text}
              checked={chosen.includes(s.id)}
              disabled={!s.available}
              onChange={(e) => choose(e.currentTarget.checked ? [...chosen, s.id] : chosen.filter((c) => c !== s.id))}
            />
            {s.available ? (
              <PermissionTable permissions={s.permissions} label={s.title} />
            ) : (
              <details>
                <summary>{t.laterPermissions(s.permissions.length)}</summary>
                <PermissionTable permissions={s.permissions} label={s.title} />
              </details>
            )}
          </Stack>
        </Panel>
      ))}
      <Group>
        <Button onClick={next} disabled={chosen.length === 0}>
          {text.action.continue}
        </Button>
      </Group>
    </Stack>
  );
}

export function PermissionTable({
  permissions,
  label,
}: {
  permissions: Schemas['ServicePermission'][];
  label: string;
}) {
  return (
    <Table.ScrollContainer minWidth={520} type="native" role="group" aria-label={`${t.permission}: ${label}`}>
      <Table aria-label={`${t.permission}: ${label}`}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.permission}</Table.Th>
            <Table.Th>{t.api}</Table.Th>
            <Table.Th>{t.reason}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {permissions.map((p) => (
            <Table.Tr key={`${p.api} ${p.name}`}>
              <Table.Td>
                <span className="nj-mono">{p.name}</span>
                {p.write && (
                  <>
                    <br />
                    <span className="nj-dim">{t.writes}</span>
                  </>
                )}
              </Table.Td>
              <Table.Td>{p.api}</Table.Td>
              <Table.Td>{p.reason}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Way({
  services,
  chosen,
  cloud,
  setCloud,
  own,
  back,
}: {
  services: ServiceList;
  chosen: ServiceID[];
  cloud: string;
  setCloud: (cloud: string) => void;
  own: () => void;
  back: () => void;
}) {
  const begin = useBeginConsent();
  return (
    <Stack gap="md">
      <Text>{t.wayText}</Text>
      {services.clouds.length > 1 && (
        <NativeSelect
          label={t.cloud}
          description={t.cloudHint}
          data={services.clouds}
          value={cloud}
          onChange={(e) => setCloud(e.currentTarget.value)}
          maw={320}
        />
      )}
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Panel label={t.consentTitle}>
          <Stack gap="sm" align="flex-start">
            <Title order={2}>{t.consentTitle}</Title>
            <Text>{t.consentText}</Text>
            {services.consent.available ? (
              <Button
                onClick={() => begin.mutate({ services: chosen, cloud })}
                loading={begin.isPending}
                rightSection={<Icon name="open" />}
              >
                {t.consentAct}
              </Button>
            ) : (
              <Alert variant="outline" color="gray" title={t.consentOff}>
                <Text size="sm">{services.consent.hint}</Text>
                {services.consent.redirect_url && <span className="nj-mono">{services.consent.redirect_url}</span>}
              </Alert>
            )}
            {begin.error && <Failure error={begin.error} />}
          </Stack>
        </Panel>
        <Panel label={t.ownTitle}>
          <Stack gap="sm" align="flex-start">
            <Title order={2}>{t.ownTitle}</Title>
            <Text>{t.ownText}</Text>
            <Button variant={services.consent.available ? 'default' : 'filled'} onClick={own}>
              {t.ownAct}
            </Button>
          </Stack>
        </Panel>
      </SimpleGrid>
      <Group>
        <Button variant="default" onClick={back}>
          {text.action.back}
        </Button>
      </Group>
    </Stack>
  );
}
