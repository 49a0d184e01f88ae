import { Button } from '@mantine/core';
import { alerts as t } from '../../text/alerts';
import type { Act } from './keys';
import type { Alert } from './query';
import type { Triage } from './triage';

const order: { act: Act; key: string; when: (a: Alert) => boolean }[] = [
  { act: 'acknowledge', key: 'a', when: (a) => a.status === 'new' },
  { act: 'assign', key: 'm', when: () => true },
  { act: 'comment', key: 'c', when: () => true },
  { act: 'close', key: 'e', when: (a) => a.status !== 'closed' },
  { act: 'reopen', key: 'u', when: (a) => a.status === 'closed' },
  { act: 'silence', key: 's', when: () => true },
  { act: 'severity', key: 'v', when: () => true },
];

// Actions are the buttons that do what the keys do, with the keys on them.
export function Actions({ of, triage }: { of: Alert[]; triage: Triage }) {
  if (of.length === 0 || !of.every(triage.mayChange)) return null;
  return order
    .filter((o) => of.some(o.when) && (o.act !== 'silence' || of.length === 1))
    .map((o) => (
      <Button key={o.act} variant="default" size="compact-md" onClick={() => triage.act(o.act, of)}>
        {o.act === 'assign' && triage.mine(of) ? t.act.unassign : t.act[o.act]}&nbsp;
        <span className="nj-key" aria-hidden="true">
          {o.key}
        </span>
      </Button>
    ));
}
