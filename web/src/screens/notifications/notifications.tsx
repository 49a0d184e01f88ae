import { useNavigate, useSearch } from '@tanstack/react-router';
import { Page } from '../../parts/page';
import { Sides } from '../../parts/sides';
import { Empty } from '../../parts/state';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { notify as t } from '../../text/notify';
import { type Tab, tabs } from './address';
import { Channels } from './channels';
import { Deliveries } from './deliveries';
import { Routes } from './routes';

const sides: Record<Tab, () => React.ReactNode> = { channels: Channels, routes: Routes, deliveries: Deliveries };

export function Notifications() {
  const { may } = useMe();
  const { tab } = useSearch({ from: '/shell/notifications' });
  const navigate = useNavigate({ from: '/notifications' });
  if (!may('notify.manage', 'all')) {
    return (
      <Page title={t.title}>
        <Empty title={text.error.denied}>{text.error.deniedText(t.denied)}</Empty>
      </Page>
    );
  }
  return (
    <Page title={t.title}>
      <Sides
        label={t.title}
        names={tabs}
        titles={t.tabs}
        shown={tab}
        show={(next) => navigate({ search: { tab: next } })}
      >
        {(name) => {
          const Side = sides[name];
          return <Side />;
        }}
      </Sides>
    </Page>
  );
}
