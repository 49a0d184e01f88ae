import { among, one, type Search } from '../../address';

export const tabs = ['channels', 'routes', 'deliveries'] as const;
export type Tab = (typeof tabs)[number];

export const statuses = ['queued', 'sending', 'sent', 'doubtful', 'dead'] as const;

// NotifyAddress is which side of notifications is shown; channel and status
// narrow the deliveries.
export type NotifyAddress = {
  tab?: Tab;
  channel?: string;
  status?: (typeof statuses)[number];
};

export function validateNotify(search: Search): NotifyAddress {
  return {
    tab: among(search, 'tab', tabs),
    channel: one(search, 'channel'),
    status: among(search, 'status', statuses),
  };
}
