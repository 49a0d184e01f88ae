import { among, one, type Search } from '../../address';

export const modes = ['on', 'dry_run', 'off'] as const;
export type Mode = (typeof modes)[number];

export const levels = ['critical', 'high', 'medium', 'low', 'informational'] as const;

export type RulesAddress = {
  q?: string;
  pack?: string;
  mode?: Mode;
  severity?: (typeof levels)[number];
  trouble?: boolean;
};

export function validateRules(search: Search): RulesAddress {
  return {
    q: one(search, 'q'),
    pack: one(search, 'pack'),
    mode: among(search, 'mode', modes),
    severity: among(search, 'severity', levels),
    trouble: search.trouble === true || search.trouble === 'true' || undefined,
  };
}

export const tabs = ['asks', 'tuning', 'exceptions', 'tests', 'backtest', 'found'] as const;
export type Tab = (typeof tabs)[number];

// RuleAddress is which side of a rule is shown: the first is the default and is
// left out. run is a backtest, which goes on while the page is reloaded.
export type RuleAddress = { tab?: Tab; run?: string };

export function validateRule(search: Search): RuleAddress {
  return {
    tab: among(search, 'tab', tabs),
    run: one(search, 'run'),
  };
}
