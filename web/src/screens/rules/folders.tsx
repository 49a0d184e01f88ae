import { Table } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { Copy } from '../../parts/copy';
import { Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Time } from '../../parts/time';
import { rules } from '../../text/rules';

const t = rules.folders;

// Folders says where the rules come from, and of a git checkout what is checked out.
export function Folders({ list }: { list: Schemas['RuleList'] }) {
  return (
    <Panel title={t.title}>
      <Table.ScrollContainer minWidth={520} type="native" role="group" aria-label={t.title}>
        <Table aria-label={t.title}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.folder}</Table.Th>
              <Table.Th ta="right">{rules.title}</Table.Th>
              <Table.Th>{t.branch}</Table.Th>
              <Table.Th>{rules.commit}</Table.Th>
              <Table.Th>{rules.columns.state}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.folders.map((f) => (
              <Table.Tr key={f.name}>
                <Table.Th scope="row" style={{ overflowWrap: 'anywhere' }}>
                  {f.shipped ? rules.shipped : f.name}
                </Table.Th>
                <Table.Td ta="right">{f.rules.toLocaleString('en')}</Table.Td>
                <Table.Td>{f.branch ?? '–'}</Table.Td>
                <Table.Td>{f.commit ? <Copy value={f.commit}>{f.commit.slice(0, 12)}</Copy> : '–'}</Table.Td>
                <Table.Td>
                  <Severity tone={f.problem ? 'warning' : 'ok'}>{f.problem || t.read}</Severity>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <div className="nj-dim">
        {rules.loaded} <Time value={list.loaded} />
      </div>
    </Panel>
  );
}
