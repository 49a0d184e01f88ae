import { Group, Stack } from '@mantine/core';
import { Link, Outlet } from '@tanstack/react-router';
import { Page } from '../../parts/page';
import type { Permission } from '../../session/me';
import { useMe } from '../../session/me';
import { text } from '../../text';

const t = text.settings;

const pages: {
  to:
    | '/settings'
    | '/settings/account'
    | '/settings/people'
    | '/settings/tokens'
    | '/settings/approvals'
    | '/settings/audit'
    | '/settings/data';
  title: string;
  needs?: Permission;
  all?: boolean;
}[] = [
  { to: '/settings', title: t.pages.about },
  { to: '/settings/account', title: t.pages.account },
  { to: '/settings/people', title: t.pages.people, needs: 'people.manage', all: true },
  { to: '/settings/tokens', title: t.pages.tokens, needs: 'token.own' },
  { to: '/settings/approvals', title: text.approvals.title, needs: 'connection.manage' },
  { to: '/settings/audit', title: t.pages.audit, needs: 'audit.read', all: true },
  { to: '/settings/data', title: t.pages.data, needs: 'settings.manage', all: true },
];

export function Settings() {
  const { may } = useMe();
  return (
    <Page title={t.title}>
      <Stack gap="lg">
        <nav aria-label={t.title}>
          <Group gap="xs">
            {pages
              .filter((p) => !p.needs || may(p.needs, p.all ? 'all' : undefined))
              .map((p) => (
                <Link
                  key={p.to}
                  to={p.to}
                  className="nj-nav"
                  activeOptions={{ exact: true }}
                  activeProps={{ 'aria-current': 'page' }}
                >
                  {p.title}
                </Link>
              ))}
          </Group>
        </nav>
        <Outlet />
      </Stack>
    </Page>
  );
}
