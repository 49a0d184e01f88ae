import { among, many, one } from '../../address';

export const tabs = ['feeds', 'coverage', 'log', 'permissions'] as const;
export type Tab = (typeof tabs)[number];

type Search = Record<string, unknown>;

export const validateConnections = (search: Search): { q?: string } => ({ q: one(search, 'q') });

// The first tab is the default and is left out of the address.
export const validateTab = (search: Search): { tab?: Tab; level?: 'warning' | 'error' } => ({
  tab: among(search, 'tab', tabs),
  level: among(search, 'level', ['warning', 'error'] as const),
});

export const steps = ['services', 'way', 'application'] as const;

export const validateWizard = (
  search: Search,
): { step?: 'way' | 'application'; service?: string[]; cloud?: string } => ({
  step: among(search, 'step', ['way', 'application'] as const),
  service: many(search, 'service'),
  cloud: one(search, 'cloud'),
});
