import type { Schemas } from '../../api/client';
import { rules } from '../../text/rules';
import { said } from './value';
import { sayWhere } from './where';

// Planned is one thing that an import of rule changes would do.
export type Planned = {
  key: string;
  action: Schemas['RuleImportAction'];
  what: string;
  of: string;
  tenants: string[]; // none: all
  was?: string | undefined;
  becomes?: string | undefined; // absent: what the rule says
  more: Difference[]; // what else of an exception becomes other than it was
  vanished: boolean;
  warning?: string | undefined; // of an exception that makes its rule blind
};

// Difference is one thing of an exception as it is and as it becomes.
export type Difference = { of: string; was?: string | undefined; becomes: string };

// Words say tenants and times as the viewer reads them.
export type Words = { tenant: (id: string) => string; time: (at: string) => string };

type Exception = Schemas['RuleException'];

// differences are those between an exception and what it was; of a new one what
// it has.
function differences(was: Exception | undefined, e: Exception, words: Words): Difference[] {
  const tenants = (x: Exception) => x.tenants.map(words.tenant).sort().join(', ') || rules.allTenants;
  const until = (x: Exception) => (x.until ? words.time(x.until) : rules.except.never);
  const all: Difference[] = [
    { of: rules.except.until, was: was && until(was), becomes: until(e) },
    { of: rules.reason, was: was?.reason, becomes: e.reason },
  ];
  if (was) all.unshift({ of: rules.tenants, was: tenants(was), becomes: tenants(e) });
  return all.filter((d) => d.was !== d.becomes);
}

// planned lists what an import would do, what it takes back first.
export function planned(plan: Schemas['RuleImport'], words: Words): Planned[] {
  const p = rules.parameters;
  const value = (v: unknown) => (v === undefined ? undefined : said(v, p));
  const where = (e?: Exception) => (e ? sayWhere(e.where, rules.except) : undefined);
  const changes = plan.changes.map(
    ({ action, was, change: c }): Planned => ({
      key: [c.what, c.rule, c.pack, c.name, c.tenant].join(' '),
      action,
      what: c.name ? `${p.what[c.what]} ${c.name}` : p.what[c.what],
      of: c.title || c.rule || c.pack || '',
      tenants: c.tenant ? [c.tenant] : [],
      was: value(was),
      becomes: action === 'remove' ? undefined : value(c.value),
      more: [],
      vanished: c.vanished,
    }),
  );
  const exceptions = plan.exceptions.map(
    ({ action, was, exception: e }): Planned => ({
      key: e.id,
      action,
      what: rules.file.exception,
      of: e.title || e.rule,
      tenants: e.tenants,
      was: where(was),
      becomes: action === 'remove' ? rules.file.ends : where(e),
      more: action === 'remove' ? [] : differences(was, e, words),
      vanished: e.vanished,
      warning: action === 'remove' ? undefined : e.warning,
    }),
  );
  const order = { remove: 0, change: 1, add: 2 };
  return [...changes, ...exceptions].sort((a, b) => order[a.action] - order[b.action]);
}
