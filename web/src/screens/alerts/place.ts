import type { QueryClient } from '@tanstack/react-query';
import type { QueueAddress } from './address';

// Place is where somebody was in the queue, so that an alert leads back there
// and to its neighbours. It is worth nothing after the page is gone.
export type Place = { address: QueueAddress; order: string[]; at?: string };

const key = ['queue-place'];

export function placeOf(client: QueryClient): Place | undefined {
  return client.getQueryData<Place>(key);
}

export function keepPlace(client: QueryClient, place: Place): void {
  client.setQueryDefaults(key, { gcTime: Number.POSITIVE_INFINITY });
  client.setQueryData(key, place);
}
