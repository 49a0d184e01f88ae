import { Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { connectionsQuery } from '../api/queries';
import { Icon } from '../parts/icon';
import { useMe } from '../session/me';
import { text } from '../text';
import { places } from './places';
import { useSignOut } from './signout';

// Palette is what Ctrl K opens: every screen, every connection, and what can
// be done from anywhere.
export function Palette({ help }: { help: () => void }) {
  const { may } = useMe();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const { data } = useQuery(connectionsQuery);
  const actions: SpotlightActionData[] = places
    .filter((p) => may(p.needs, p.all ? 'all' : undefined))
    .map((p) => ({
      id: p.to,
      label: p.title,
      leftSection: <Icon name={p.icon} />,
      onClick: () => void navigate({ to: p.to }),
    }));
  for (const c of data?.items ?? []) {
    actions.push({
      id: c.tenant_id,
      label: `${text.shell.connections}: ${c.name}`,
      description: c.tenant_id,
      leftSection: <Icon name="connections" />,
      onClick: () => void navigate({ to: '/connections/$tenant', params: { tenant: c.tenant_id } }),
    });
  }
  if (may('connection.manage')) {
    actions.push({
      id: 'connect',
      label: text.connections.connect,
      leftSection: <Icon name="plus" />,
      onClick: () => void navigate({ to: '/connections/new' }),
    });
  }
  actions.push(
    { id: 'help', label: text.shell.help, onClick: help },
    { id: 'out', label: text.shell.signOut, onClick: signOut },
  );
  return (
    <Spotlight
      actions={actions}
      shortcut="mod + K"
      nothingFound={text.shell.paletteNothing}
      highlightQuery
      scrollable
      maxHeight={420}
      searchProps={{
        leftSection: <Icon name="search" />,
        placeholder: text.shell.paletteHint,
        'aria-label': text.shell.paletteHint,
      }}
    />
  );
}
