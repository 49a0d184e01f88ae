import {
  ActionIcon,
  Alert,
  AppShell,
  Badge,
  Burger,
  Button,
  Group,
  Menu,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { statusQuery } from '../api/queries';
import { Icon } from '../parts/icon';
import { codesLost } from '../session/kept';
import { useMe } from '../session/me';
import { StepUpProvider } from '../session/stepup';
import { text } from '../text';
import { useZone } from '../time/zone';
import { WaitingApprovals } from './approvals';
import { Freshness } from './freshness';
import { HealthMenu } from './health';
import { KeyboardHelp } from './help';
import { useKeys } from './keys';
import { Palette } from './palette';
import { places } from './places';
import { useSignOut, useWatchSession } from './signout';

// How many are new is no part of the first load.
const NewAlerts = lazy(() => import('../screens/alerts/badge').then((m) => ({ default: m.NewAlerts })));

// Shell is the frame of everything behind the sign-in.
export function Shell() {
  const [opened, nav] = useDisclosure(false);
  const [help, helping] = useDisclosure(false);
  const path = useRouterState({ select: (s) => s.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: it closes whenever the page changes
  useEffect(() => nav.close(), [path]);
  useKeys(helping.open);
  useWatchSession();
  return (
    <StepUpProvider>
      <a className="nj-skip" href="#content">
        {text.shell.skip}
      </a>
      <AppShell
        header={{ height: 48 }}
        navbar={{ width: 184, breakpoint: 'sm', collapsed: { mobile: !opened } }}
        padding="md"
      >
        <AppShell.Header>
          <Group h="100%" px={{ base: 8, sm: 'md' }} gap={8} justify="space-between" wrap="nowrap">
            <Group gap={8} wrap="nowrap">
              <Burger
                opened={opened}
                onClick={nav.toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label={text.shell.openNavigation}
              />
              <Link
                to="/"
                aria-label={text.shell.name}
                style={{
                  display: 'flex',
                  alignItems: 'center',
                  gap: 8,
                  color: 'inherit',
                  textDecoration: 'none',
                  fontWeight: 700,
                }}
              >
                <img src="/nightjar.svg" alt="" width={24} height={24} />
                <span className="nj-wide">{text.shell.name}</span>
              </Link>
              <DemoMark />
            </Group>
            <Group gap={2} wrap="nowrap">
              <Button variant="default" size="compact-md" visibleFrom="sm" onClick={() => spotlight.open()}>
                {text.shell.palette}&nbsp;<span className="nj-key">Ctrl K</span>
              </Button>
              <Freshness />
              <HealthMenu />
              <ZoneSwitch />
              <SchemeSwitch />
              <Account help={helping.open} />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="sm">
          <nav aria-label={text.shell.navigation}>
            <Navigation />
            <WaitingApprovals />
          </nav>
        </AppShell.Navbar>
        <AppShell.Main id="content" tabIndex={-1} style={{ outline: 'none' }}>
          <CodesLost path={path} />
          <Outlet />
        </AppShell.Main>
      </AppShell>
      <KeyboardHelp opened={help} close={helping.close} />
      <Palette help={helping.open} />
    </StepUpProvider>
  );
}

function Navigation() {
  const { may } = useMe();
  return (
    <>
      {places
        .filter((p) => may(p.needs, p.all ? 'all' : undefined))
        .map((p) => (
          <Link
            key={p.to}
            to={p.to}
            className="nj-nav"
            activeOptions={{ exact: p.to === '/', includeSearch: false }}
            activeProps={{ 'aria-current': 'page' }}
          >
            <Icon name={p.icon} />
            {p.title}
            {p.to === '/alerts' && (
              <Suspense>
                <NewAlerts />
              </Suspense>
            )}
          </Link>
        ))}
    </>
  );
}

// CodesLost reminds of recovery codes that a reload took away.
function CodesLost({ path }: { path: string }) {
  const here = '/settings/account';
  if (path === here || !codesLost()) return null;
  return (
    <Alert color="yellow" variant="outline" role="status" mb="md">
      <Group gap="sm">
        {text.session.recoveryLost}
        <Link to={here}>{text.session.recoveryAgain}</Link>
      </Group>
    </Alert>
  );
}

function DemoMark() {
  const { data } = useQuery(statusQuery);
  if (!data?.demo) return null;
  return (
    <Tooltip label={text.shell.demo}>
      <Badge variant="outline" color="gray" radius="sm" tabIndex={0} role="note" aria-label={text.shell.demo}>
        Demo
      </Badge>
    </Tooltip>
  );
}

function ZoneSwitch() {
  const { zone, setZone } = useZone();
  const other = zone === 'utc' ? text.shell.zoneLocal : text.shell.zoneUtc;
  return (
    <Tooltip label={text.shell.zoneSwitch(other)}>
      <Button
        variant="subtle"
        color="gray"
        size="compact-md"
        aria-pressed={zone === 'utc'}
        aria-label={`${zone === 'utc' ? text.shell.zoneUtc : text.shell.zoneLocal}: ${text.shell.zoneSwitch(other)}`}
        onClick={() => setZone(zone === 'utc' ? 'local' : 'utc')}
      >
        {zone === 'utc' ? text.shell.zoneUtc : text.shell.zoneLocal}
      </Button>
    </Tooltip>
  );
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const label = scheme === 'dark' ? text.shell.toLight : text.shell.toDark;
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      >
        <Icon name={scheme === 'dark' ? 'sun' : 'moon'} />
      </ActionIcon>
    </Tooltip>
  );
}

function Account({ help }: { help: () => void }) {
  const { me } = useMe();
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={text.shell.account(me.name)}>
          <Icon name="person" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.name}</Menu.Label>
        <Menu.Item component={Link} to="/settings/account">
          {text.settings.account.menu}
        </Menu.Item>
        <Menu.Item onClick={help}>{text.shell.help}</Menu.Item>
        <Menu.Item onClick={signOut}>{text.shell.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
