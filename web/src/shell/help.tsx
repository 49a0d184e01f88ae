import { Modal, Stack, Table, Title } from '@mantine/core';
import { text } from '../text';

const everywhere: [string, string][] = [
  ['?', text.keys.rows.help],
  ['/', text.keys.rows.search],
  ['Ctrl K', text.keys.rows.palette],
  ['g', text.keys.rows.go],
];

const lists: [string, string][] = [
  ['j ↓', text.keys.rows.next],
  ['k ↑', text.keys.rows.previous],
  ['Enter', text.keys.rows.open],
  ['Esc', text.keys.rows.close],
];

export function KeyboardHelp({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={text.keys.title}
      closeButtonProps={{ 'aria-label': text.action.close }}
    >
      <Stack gap="md">
        <Keys title={text.keys.everywhere} rows={everywhere} />
        <Keys title={text.keys.lists} rows={lists} />
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
