import { Modal, Stack, Table, Title } from '@mantine/core';
import { text } from '../../text';
import { alerts as t } from '../../text/alerts';

const { rows } = t.keys;

const list: [string, string][] = [
  ['j ↓', rows.next],
  ['k ↑', rows.previous],
  ['Enter', rows.open],
  ['x', rows.select],
  ['X', rows.all],
  ['r', rows.refresh],
];
const alert: [string, string][] = [
  ['a', rows.acknowledge],
  ['m', rows.assign],
  ['c', rows.comment],
  ['e', rows.close],
  ['u', rows.reopen],
  ['s', rows.silence],
  ['v', rows.severity],
  ['z', rows.undo],
  ['Esc', rows.back],
];
const everywhere: [string, string][] = [
  ['?', rows.help],
  ['/', rows.search],
  ['g', rows.go],
];

// KeyHelp is what ? shows on the screens of alerts.
export function KeyHelp({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} title={t.keys.title} closeButtonProps={{ 'aria-label': text.action.close }}>
      <Stack gap="md">
        <Keys title={t.keys.list} rows={list} />
        <Keys title={t.keys.alert} rows={alert} />
        <Keys title={t.keys.everywhere} rows={everywhere} />
      </Stack>
    </Modal>
  );
}

function Keys({ title, rows }: { title: string; rows: [string, string][] }) {
  return (
    <div>
      <Title order={3}>{title}</Title>
      <Table aria-label={title}>
        <Table.Tbody>
          {rows.map(([key, what]) => (
            <Table.Tr key={key}>
              <Table.Th w={88} scope="row">
                <span className="nj-key">{key}</span>
              </Table.Th>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
