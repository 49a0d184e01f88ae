import { Table } from '@mantine/core';
import { text } from '../../text';

// Head names the columns of a table whose last one holds buttons.
export function Head({ columns }: { columns: Record<string, string> }) {
  return (
    <Table.Thead>
      <Table.Tr>
        {Object.values(columns).map((c) => (
          <Table.Th key={c}>{c}</Table.Th>
        ))}
        <Table.Th aria-label={text.action.more} />
      </Table.Tr>
    </Table.Thead>
  );
}
