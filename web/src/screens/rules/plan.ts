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
  vanished: boolean;
};

// planned lists what an import would do, what it takes back first.
export function planned(plan: Schemas['RuleImport']): Planned[] {
  const p = rules.parameters;
  const value = (v: unknown) => (v === undefined ? undefined : said(v, p));
  const where = (e?: Schemas['RuleException']) => (e ? sayWhere(e.where, rules.except) : undefined);
  const changes = plan.changes.map(
    ({ action, was, change: c }): Planned => ({
      key: [c.what, c.rule, c.pack, c.name, c.tenant].join(' '),
      action,
      what: c.name ? `${p.what[c.what]} ${c.name}` : p.what[c.what],
      of: c.title || c.rule || c.pack || '',
      tenants: c.tenant ? [c.tenant] : [],
      was: value(was),
      becomes: action === 'remove' ? undefined : value(c.value),
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
      vanished: e.vanished,
    }),
  );
  const order = { remove: 0, change: 1, add: 2 };
  return [...changes, ...exceptions].sort((a, b) => order[a.action] - order[b.action]);
}
