import type { QueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { Now } from './now';

const ClockContext = createContext(new Now());

export function ClockProvider({ clock, children }: { clock: Now; children: ReactNode }) {
  return <ClockContext value={clock}>{children}</ClockContext>;
}

// follow sets the clock by every answer that carries Nightjar's time.
const timed = new Set(['status', 'health', 'overview']);

export function follow(client: QueryClient, clock: Now): void {
  client.getQueryCache().subscribe((e) => {
    if (e.type !== 'updated' || e.action.type !== 'success' || !timed.has(String(e.query.queryKey[0]))) return;
    const data = e.query.state.data as { time?: string } | undefined;
    if (data?.time) clock.observe(data.time);
  });
}

export const useClock = () => useContext(ClockContext);

// useNow ticks, so that ages on the screen do not stand still.
export function useNow(every = 5_000): number {
  const clock = useClock();
  const [now, set] = useState(() => clock.now());
  useEffect(() => {
    const timer = setInterval(() => set(clock.now()), every);
    return () => clearInterval(timer);
  }, [clock, every]);
  return now;
}
