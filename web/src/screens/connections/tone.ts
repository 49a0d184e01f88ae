import type { Schemas } from '../../api/client';
import type { Tone } from '../../parts/severity';

// How states of connections, feeds and steps look.

export const stateTone: Record<Schemas['Connection']['state'], Tone> = {
  waiting: 'idle',
  ok: 'ok',
  warning: 'warning',
  critical: 'critical',
  paused: 'idle',
};

export const feedTone: Record<Schemas['FeedState']['state'], Tone> = {
  off: 'idle',
  waiting: 'idle',
  first: 'info',
  ok: 'ok',
  behind: 'warning',
  throttled: 'info',
  failing: 'critical',
};

export const checkTone: Record<Schemas['CheckStep']['status'], Tone> = {
  ok: 'ok',
  warn: 'warning',
  failed: 'critical',
  skipped: 'idle',
};

export const stepTone: Record<Schemas['AttemptStep']['status'], Tone> = {
  waiting: 'idle',
  ok: 'ok',
  failed: 'critical',
};

// expiryTone warns as health does: 90 days ahead, and louder in the last two weeks.
export function expiryTone(expires: string, now: number): Tone {
  const days = (Date.parse(expires) - now) / 86_400_000;
  if (days < 14) return 'critical';
  return days < 90 ? 'warning' : 'ok';
}
