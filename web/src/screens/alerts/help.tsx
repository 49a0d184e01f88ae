import { Keys, type KeyTable } from '../../parts/keys';
import { alerts as t } from '../../text/alerts';

const { rows } = t.keys;

const tables: KeyTable[] = [
  {
    title: t.keys.list,
    rows: [
      ['j ↓', rows.next],
      ['k ↑', rows.previous],
      ['Enter', rows.open],
      ['x', rows.select],
      ['X', rows.all],
      ['r', rows.refresh],
    ],
  },
  {
    title: t.keys.alert,
    rows: [
      ['a', rows.acknowledge],
      ['m', rows.assign],
      ['c', rows.comment],
      ['e', rows.close],
      ['u', rows.reopen],
      ['s', rows.silence],
      ['v', rows.severity],
      ['z', rows.undo],
      ['Esc', rows.back],
    ],
  },
  {
    title: t.keys.everywhere,
    rows: [
      ['?', rows.help],
      ['/', rows.search],
      ['g', rows.go],
    ],
  },
];

// KeyHelp is what ? shows on the screens of alerts.
export function KeyHelp({ opened, close }: { opened: boolean; close: () => void }) {
  return <Keys title={t.keys.title} tables={tables} opened={opened} close={close} />;
}
