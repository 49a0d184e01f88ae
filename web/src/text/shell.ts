export const action = {
  cancel: 'Cancel',
  close: 'Close',
  copied: 'Copied',
  copyAs: 'Copy as…',
  copyThis: (what: string) => `Copy ${what.length > 40 ? `${what.slice(0, 40)}…` : what}`,
  back: 'Back',
  continue: 'Continue',
  delete: 'Delete',
  download: 'Download',
  more: 'More',
  refresh: 'Refresh',
  retry: 'Try again',
  save: 'Save',
};

export const error = {
  unexpected: (status: number) => `The server answered ${status} without saying why.`,
  unreachable: 'Nightjar does not answer.',
  unreachableHint: 'Check that nightjar serve is running and that the network between it and this browser works.',
  requestId: 'Request id, to be found in the log:',
  screen: 'This screen broke.',
  screenHint: 'Reload the page. If it happens again, report it with what you did.',
  noPage: 'There is no such page',
  noPageText: 'The address may be mistyped, or what it showed is gone.',
  toOverview: 'Go to the overview',
  denied: 'You may not see this',
  deniedText: (permission: string) =>
    `It needs the permission ${permission}. An administrator can give it to you under Settings, People.`,
};

export const state = {
  loading: 'Loading…',
  stale: 'This is not fresh: the last attempt to update it did not work.',
};

export const time = {
  never: 'never',
  unknown: 'not known',
  ago: (age: string) => `${age} ago`,
  ahead: (age: string) => `in ${age}`,
  from: 'From',
  to: 'To',
};

export const tone = {
  ok: 'OK',
  info: 'Info',
  warning: 'Warning',
  critical: 'Critical',
  idle: 'Waiting',
};

export const shell = {
  name: 'Nightjar',
  tab: (title: string) => `${title} · Nightjar`,
  skip: 'Skip to content',
  navigation: 'Main navigation',
  openNavigation: 'Open or close the navigation',
  overview: 'Overview',
  alerts: 'Alerts',
  connections: 'Connections',
  search: 'Search',
  map: 'Map',
  query: 'SQL',
  dashboards: 'Dashboards',
  settings: 'Settings',
  palette: 'Commands',
  paletteHint: 'Where to, or what to do',
  paletteNothing: 'Nothing by that name',
  zone: 'Time zone',
  zoneLocal: 'Local',
  zoneUtc: 'UTC',
  zoneSwitch: (to: string) => `Show times in ${to}`,
  toDark: 'Switch to dark colours',
  toLight: 'Switch to light colours',
  account: (name: string) => `Account of ${name}`,
  help: 'Keyboard help',
  signOut: 'Sign out',
  tenants: 'Tenants',
  allTenants: 'All tenants',
  demo: 'Demo: everything here is simulated',
  health: { ok: 'Healthy', degraded: 'Warnings', failed: 'Failing', unknown: 'Health unknown' },
  healthLabel: (state: string, count: number) => `Health: ${state}${count > 0 ? `, ${count} warnings` : ''}`,
  healthNone: 'Nothing is wrong that Nightjar knows of.',
  fresh: (age: string) => `Checked ${age} ago`,
  freshLabel: 'Freshness',
  freshNone: 'Nothing collected yet',
  freshBehind: (feeds: number) => `${feeds} ${feeds === 1 ? 'feed is' : 'feeds are'} behind`,
  freshFirst: 'First collection',
  freshNoConnection: 'No tenant connected',
  freshPaused: 'Collection paused',
  since: 'since',
  remedy: 'What to do',
};

export const span = {
  label: 'Time span',
  last: {
    '15m': 'Last 15 minutes',
    '1h': 'Last hour',
    '4h': 'Last 4 hours',
    '24h': 'Last 24 hours',
    '3d': 'Last 3 days',
    '7d': 'Last 7 days',
    '30d': 'Last 30 days',
    '90d': 'Last 90 days',
  },
  exact: 'Exact times',
  apply: 'Apply',
  earlier: 'Earlier',
  later: 'Later',
  wider: 'Widen',
  toNow: 'Move the end of the span to now',
  wrong: 'The start must be before the end.',
  zone: (zone: string) => `In ${zone}. An address or a copy always holds absolute times.`,
};

export const keys = {
  title: 'Keyboard',
  everywhere: 'Everywhere',
  lists: 'In lists',
  rows: {
    help: 'This help',
    search: 'To the search field',
    palette: 'Command palette',
    go: 'Then o, a, c, s, m, q, d or t: to Overview, Alerts, Connections, Search, Map, SQL, Dashboards, Settings',
    next: 'Next row',
    previous: 'Previous row',
    open: 'Open the row',
    close: 'Close what is open, leave the search field',
  },
};
