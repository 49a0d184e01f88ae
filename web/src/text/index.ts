import { approvals } from './approvals';
import { connections } from './connections';
import { dashboards, map, overview, query } from './look';
import { passkeys } from './passkeys';
import { download, saved } from './saved';
import { search } from './search';
import { session } from './session';
import { settings } from './settings';
import { action, error, keys, shell, span, state, time, tone } from './shell';
import { sso } from './sso';

// text is everything that the console says, in one typed catalogue. Screens
// hold no sentences of their own; a second language is a second object of this
// type.
export const text = {
  action,
  approvals,
  connections,
  dashboards,
  error,
  keys,
  map,
  overview,
  passkeys,
  query,
  saved,
  download,
  search,
  session,
  settings,
  shell,
  span,
  sso,
  state,
  time,
  tone,
};
