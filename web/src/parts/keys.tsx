import { Modal, Stack, Table, Title } from '@mantine/core';
import { text } from '../text';

// KeyTable is what some keys do: each key with its words.
export type KeyTable = { title: string; rows: [key: string, what: string][] };

type Props = { title: string; tables: KeyTable[]; opened: boolean; close: () => void };

// Keys is the dialog that says which keys do what.
export function Keys({ title, tables, opened, close }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={title}
      // While it faded it would swallow the next key.
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': text.action.close }}
    >
      <Stack gap="md">
        {tables.map((t) => (
          <div key={t.title}>
            <Title order={3}>{t.title}</Title>
            <Table aria-label={t.title}>
              <Table.Tbody>
                {t.rows.map(([key, what]) => (
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
        ))}
      </Stack>
    </Modal>
  );
}
