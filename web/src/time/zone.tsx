import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { remember, remembered } from '../parts/memory';
import type { Zone } from './format';

const ZoneContext = createContext<{ zone: Zone; setZone: (zone: Zone) => void }>({ zone: 'local', setZone: () => {} });

// ZoneProvider holds whether times are shown in the viewer's zone or in UTC.
export function ZoneProvider({ children }: { children: ReactNode }) {
  const [zone, set] = useState<Zone>(remembered('zone') === 'utc' ? 'utc' : 'local');
  const setZone = useCallback((next: Zone) => {
    remember('zone', next);
    set(next);
  }, []);
  const value = useMemo(() => ({ zone, setZone }), [zone, setZone]);
  return <ZoneContext value={value}>{children}</ZoneContext>;
}

export const useZone = () => useContext(ZoneContext);
