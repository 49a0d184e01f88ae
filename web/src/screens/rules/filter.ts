import type { RulesAddress } from './address';
import type { Rule } from './query';

// fits tells whether a rule is among those that an address asks for.
export function fits(rule: Rule, a: RulesAddress): boolean {
  if (a.pack && rule.pack !== a.pack) return false;
  if (a.mode && rule.mode !== a.mode && !rule.modes.some((m) => m.mode === a.mode)) return false;
  if (a.severity && rule.severity !== a.severity) return false;
  if (a.trouble && !troubled(rule)) return false;
  const words = (a.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const said = [rule.title, rule.id, rule.pack, ...rule.tags].join(' ').toLowerCase();
  return words.every((w) => said.includes(w));
}

// troubled rules want somebody to look at them.
export function troubled(rule: Rule): boolean {
  const verdict = rule.quality?.verdict;
  return !rule.runs || rule.changed || verdict === 'tune' || verdict === 'retire';
}

// byPack puts rules, which come by pack, under the names of their packs.
export function byPack(rules: readonly Rule[]): Map<string, Rule[]> {
  const found = new Map<string, Rule[]>();
  for (const r of rules) found.set(r.pack, [...(found.get(r.pack) ?? []), r]);
  return found;
}
