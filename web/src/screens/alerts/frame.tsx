import { Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Page } from '../../parts/page';
import { alerts as t } from '../../text/alerts';

const pages = [
  { to: '/alerts', title: t.queue },
  { to: '/incidents', title: t.incidents },
  { to: '/risk', title: t.risk },
  { to: '/silences', title: t.silences },
] as const;

// Frame is what the screens of alerts have in common: the way to the others.
export function Frame({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <Page title={title} actions={actions}>
      <nav aria-label={t.sections}>
        <Group gap="xs">
          {pages.map((p) => (
            <Link
              key={p.to}
              to={p.to}
              className="nj-nav"
              activeOptions={{ exact: true, includeSearch: false }}
              activeProps={{ 'aria-current': 'page' }}
            >
              {p.title}
            </Link>
          ))}
        </Group>
      </nav>
      {children}
    </Page>
  );
}
