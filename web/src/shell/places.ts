import type { IconName } from '../parts/icon';
import type { Permission } from '../session/me';
import { text } from '../text';

type Place = {
  to:
    | '/'
    | '/alerts'
    | '/connections'
    | '/search'
    | '/map'
    | '/query'
    | '/dashboards'
    | '/rules'
    | '/notifications'
    | '/settings';
  title: string;
  icon: IconName;
  needs: Permission;
  all?: boolean; // needed for all tenants
  key: string; // pressed after g
};

// places are the screens that the navigation and the palette lead to.
export const places: Place[] = [
  { to: '/', title: text.shell.overview, icon: 'overview', needs: 'status.read', key: 'o' },
  { to: '/alerts', title: text.shell.alerts, icon: 'alerts', needs: 'event.read', key: 'a' },
  { to: '/connections', title: text.shell.connections, icon: 'connections', needs: 'status.read', key: 'c' },
  { to: '/search', title: text.shell.search, icon: 'search', needs: 'event.read', key: 's' },
  { to: '/map', title: text.shell.map, icon: 'map', needs: 'event.read', key: 'm' },
  { to: '/query', title: text.shell.query, icon: 'query', needs: 'event.read', key: 'q' },
  { to: '/dashboards', title: text.shell.dashboards, icon: 'dashboards', needs: 'event.read', key: 'd' },
  { to: '/rules', title: text.shell.rules, icon: 'rules', needs: 'event.read', key: 'r' },
  { to: '/notifications', title: text.shell.notify, icon: 'notify', needs: 'notify.manage', all: true, key: 'n' },
  { to: '/settings', title: text.shell.settings, icon: 'settings', needs: 'status.read', key: 't' },
];
