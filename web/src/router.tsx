import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { one, parseSearch, stringifySearch } from './address';
import { ApiError } from './api/error';
import { meQuery, statusQuery } from './api/queries';
import { validateIncidents, validateQueue, validateRisk, validateSilences } from './screens/alerts/address';
import { validateConnections, validateTab, validateWizard } from './screens/connections/address';
import { Broken, Missing } from './screens/first/broken';
import { Login } from './screens/first/login';
import { validateLook } from './screens/map/address';
import { validateNotify } from './screens/notifications/address';
import { validateQuery } from './screens/query/address';
import { validateRule, validateRules } from './screens/rules/address';
import { validateSearch } from './screens/search/address';
import { Shell } from './shell/shell';
import type { Now } from './time/now';
import { lastSpan, readSpan } from './time/span';

type Context = { client: QueryClient; clock: Now };

const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: Missing,
  errorComponent: ({ error, reset }: ErrorComponentProps) => <Broken error={error} reset={reset} />,
});

// Before anybody is known. The state decides which of these is the right page.
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  beforeLoad: async ({ context }) => {
    const status = await context.client.fetchQuery(statusQuery);
    if (status.state !== 'setup') throw redirect({ to: '/' });
  },
  component: lazyRouteComponent(() => import('./screens/first/setup'), 'Setup'),
});

const invite = createRoute({
  getParentRoute: () => root,
  path: '/invite',
  component: lazyRouteComponent(() => import('./screens/first/invite'), 'Invite'),
});

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Record<string, unknown>): { to?: string; ended?: boolean } => {
    const to = one(search, 'to');
    // Only a path of the console: an address elsewhere would make of the
    // sign-in page a springboard.
    return {
      to: to && /^\/(?![/\\])/.test(to) ? to : undefined,
      ended: search.ended === true || search.ended === 'true' ? true : undefined,
    };
  },
  component: Login,
});

// Where the browser comes back to from Microsoft's page, in the second tab.
const consented = createRoute({
  getParentRoute: () => root,
  path: '/consent/done/$id',
  component: lazyRouteComponent(() => import('./screens/first/consented'), 'Consented'),
});

const refused = createRoute({
  getParentRoute: () => root,
  path: '/consent/refused',
  validateSearch: (search: Record<string, unknown>): { code?: string; request_id?: string } => ({
    code: one(search, 'code'),
    request_id: one(search, 'request_id'),
  }),
  component: lazyRouteComponent(() => import('./screens/first/consented'), 'Refused'),
});

// Where the browser comes back to from a provider that did not sign anybody in.
const ssoRefused = createRoute({
  getParentRoute: () => root,
  path: '/sso/refused',
  validateSearch: (
    search: Record<string, unknown>,
  ): { reason?: string; purpose?: string; provider?: string; request_id?: string } => ({
    reason: one(search, 'reason'),
    purpose: one(search, 'purpose'),
    provider: one(search, 'provider'),
    request_id: one(search, 'request_id'),
  }),
  component: lazyRouteComponent(() => import('./screens/first/ssorefused'), 'SSORefused'),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: async ({ context, location }) => {
    const status = await context.client.fetchQuery(statusQuery);
    if (status.state === 'setup') throw redirect({ to: '/setup', hash: location.hash || undefined });
    const signIn = () => redirect({ to: '/login', search: { to: location.href === '/' ? undefined : location.href } });
    const known = context.client.getQueryData(meQuery.queryKey) !== undefined;
    if (!status.authenticated && !known) throw signIn();
    try {
      await context.client.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'unauthenticated') {
        throw signIn();
      }
      throw error;
    }
  },
  component: Shell,
});

// within gives a screen that asks about a span an absolute one, so that its
// address can be handed on from the first moment.
function within(search: Record<string, unknown>, milliseconds: number, clock: Now): void {
  const span = readSpan(search);
  if (span.from === undefined) {
    throw redirect({ to: '.', search: { ...search, ...lastSpan(milliseconds, clock.now()) }, replace: true });
  }
}

const day = 86_400_000;

const overview = createRoute({
  getParentRoute: () => shell,
  path: '/',
  validateSearch: validateLook,
  component: lazyRouteComponent(() => import('./screens/overview/overview'), 'Overview'),
});

const alerts = createRoute({
  getParentRoute: () => shell,
  path: '/alerts',
  validateSearch: validateQueue,
  component: lazyRouteComponent(() => import('./screens/alerts/queue'), 'Queue'),
});

const alert = createRoute({
  getParentRoute: () => shell,
  path: '/alerts/$id',
  component: lazyRouteComponent(() => import('./screens/alerts/alert'), 'AlertPage'),
});

const incidents = createRoute({
  getParentRoute: () => shell,
  path: '/incidents',
  validateSearch: validateIncidents,
  component: lazyRouteComponent(() => import('./screens/alerts/incidents'), 'Incidents'),
});

const incident = createRoute({
  getParentRoute: () => shell,
  path: '/incidents/$id',
  component: lazyRouteComponent(() => import('./screens/alerts/incident'), 'IncidentPage'),
});

const risk = createRoute({
  getParentRoute: () => shell,
  path: '/risk',
  validateSearch: validateRisk,
  component: lazyRouteComponent(() => import('./screens/alerts/risk'), 'Risk'),
});

const silences = createRoute({
  getParentRoute: () => shell,
  path: '/silences',
  validateSearch: validateSilences,
  component: lazyRouteComponent(() => import('./screens/alerts/silences'), 'Silences'),
});

const connections = createRoute({
  getParentRoute: () => shell,
  path: '/connections',
  validateSearch: validateConnections,
  component: lazyRouteComponent(() => import('./screens/connections/list'), 'ConnectionList'),
});

const connect = createRoute({
  getParentRoute: () => shell,
  path: '/connections/new',
  validateSearch: validateWizard,
  component: lazyRouteComponent(() => import('./screens/connections/wizard'), 'ConnectWizard'),
});

const consent = createRoute({
  getParentRoute: () => shell,
  path: '/connections/consent/$id',
  component: lazyRouteComponent(() => import('./screens/connections/waiting'), 'ConsentWaiting'),
});

const connection = createRoute({
  getParentRoute: () => shell,
  path: '/connections/$tenant',
  validateSearch: validateTab,
  component: lazyRouteComponent(() => import('./screens/connections/detail'), 'ConnectionDetail'),
});

const search = createRoute({
  getParentRoute: () => shell,
  path: '/search',
  validateSearch,
  beforeLoad: ({ search, context }) => within(search, day, context.clock),
  component: lazyRouteComponent(() => import('./screens/search/search'), 'Search'),
});

const map = createRoute({
  getParentRoute: () => shell,
  path: '/map',
  validateSearch: validateLook,
  beforeLoad: ({ search, context }) => within(search, 7 * day, context.clock),
  component: lazyRouteComponent(() => import('./screens/map/map'), 'SigninMap'),
});

const query = createRoute({
  getParentRoute: () => shell,
  path: '/query',
  validateSearch: validateQuery,
  beforeLoad: ({ search, context }) => within(search, day, context.clock),
  component: lazyRouteComponent(() => import('./screens/query/query'), 'Query'),
});

const saved = createRoute({
  getParentRoute: () => shell,
  path: '/saved/$id',
  beforeLoad: async ({ params, context }) =>
    (await import('./screens/saved/open')).openSaved(params.id, context.clock.now()),
});

const dashboards = createRoute({
  getParentRoute: () => shell,
  path: '/dashboards',
  component: lazyRouteComponent(() => import('./screens/dashboards/list'), 'DashboardList'),
});

const dashboard = createRoute({
  getParentRoute: () => shell,
  path: '/dashboards/$id',
  validateSearch: validateLook,
  beforeLoad: ({ search, context }) => within(search, day, context.clock),
  component: lazyRouteComponent(() => import('./screens/dashboards/view'), 'DashboardView'),
});

const dashboardEdit = createRoute({
  getParentRoute: () => shell,
  path: '/dashboards/$id/edit',
  component: lazyRouteComponent(() => import('./screens/dashboards/edit'), 'DashboardEdit'),
});

const rules = createRoute({
  getParentRoute: () => shell,
  path: '/rules',
  validateSearch: validateRules,
  component: lazyRouteComponent(() => import('./screens/rules/list'), 'RuleList'),
});

const rule = createRoute({
  getParentRoute: () => shell,
  path: '/rules/$id',
  validateSearch: validateRule,
  component: lazyRouteComponent(() => import('./screens/rules/detail'), 'RuleDetail'),
});

const notifications = createRoute({
  getParentRoute: () => shell,
  path: '/notifications',
  validateSearch: validateNotify,
  component: lazyRouteComponent(() => import('./screens/notifications/notifications'), 'Notifications'),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyRouteComponent(() => import('./screens/settings/settings'), 'Settings'),
});

const about = createRoute({
  getParentRoute: () => settings,
  path: '/',
  component: lazyRouteComponent(() => import('./screens/settings/about'), 'About'),
});

const account = createRoute({
  getParentRoute: () => settings,
  path: 'account',
  component: lazyRouteComponent(() => import('./screens/settings/account'), 'Account'),
});

const people = createRoute({
  getParentRoute: () => settings,
  path: 'people',
  component: lazyRouteComponent(() => import('./screens/settings/people'), 'People'),
});

const tokens = createRoute({
  getParentRoute: () => settings,
  path: 'tokens',
  component: lazyRouteComponent(() => import('./screens/settings/tokens'), 'Tokens'),
});

const approvals = createRoute({
  getParentRoute: () => settings,
  path: 'approvals',
  component: lazyRouteComponent(() => import('./screens/settings/approvals'), 'Approvals'),
});

const audit = createRoute({
  getParentRoute: () => settings,
  path: 'audit',
  validateSearch: (search: Record<string, unknown>): { action?: string } => ({ action: one(search, 'action') }),
  component: lazyRouteComponent(() => import('./screens/settings/audit'), 'Audit'),
});

const data = createRoute({
  getParentRoute: () => settings,
  path: 'data',
  component: lazyRouteComponent(() => import('./screens/settings/data'), 'Data'),
});

const tree = root.addChildren([
  setup,
  invite,
  login,
  consented,
  refused,
  ssoRefused,
  shell.addChildren([
    overview,
    alerts,
    alert,
    incidents,
    incident,
    risk,
    silences,
    connections,
    connect,
    consent,
    connection,
    search,
    map,
    query,
    saved,
    dashboards,
    dashboard,
    dashboardEdit,
    rules,
    rule,
    notifications,
    settings.addChildren([about, account, people, tokens, approvals, audit, data]),
  ]),
]);

export function newRouter(client: QueryClient, clock: Now) {
  const router = createRouter({
    routeTree: tree,
    context: { client, clock },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  });
  // The code of the screen that is asked for comes while the server says who is
  // there, not after it.
  for (const { routeId } of router.matchRoutes(router.latestLocation)) {
    router.loadRouteChunk(router.routesById[routeId as keyof typeof router.routesById])?.catch(() => undefined); // asked for again when it is shown
  }
  return router;
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}
