import { Keys, type KeyTable } from '../parts/keys';
import { text } from '../text';

const { rows } = text.keys;

const tables: KeyTable[] = [
  {
    title: text.keys.everywhere,
    rows: [
      ['?', rows.help],
      ['/', rows.search],
      ['Ctrl K', rows.palette],
      ['g', rows.go],
    ],
  },
  {
    title: text.keys.lists,
    rows: [
      ['j ↓', rows.next],
      ['k ↑', rows.previous],
      ['Enter', rows.open],
      ['Esc', rows.close],
    ],
  },
];

// KeyboardHelp is what ? shows everywhere else.
export function KeyboardHelp({ opened, close }: { opened: boolean; close: () => void }) {
  return <Keys title={text.keys.title} tables={tables} opened={opened} close={close} />;
}
