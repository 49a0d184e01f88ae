import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Panel } from '../../parts/page';
import { Answer } from '../../parts/state';
import { Time } from '../../parts/time';
import { alerts as t } from '../../text/alerts';
import { historyQuery } from './query';

// History says who did what with an alert and when, and what they said.
export function History({ id }: { id: string }) {
  const query = useQuery(historyQuery(id));
  return (
    <Panel title={t.history}>
      <Answer of={query}>
        {(h) => (
          <Table aria-label={t.history}>
            <Table.Tbody>
              {h.items.map((e) => (
                <Table.Tr key={e.seq}>
                  <Table.Td w={190} style={{ verticalAlign: 'top' }}>
                    <Time value={e.time} />
                  </Table.Td>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>
                    <b>{e.actor.name || e.actor.kind}</b> {t.historyAction[e.action]}
                    {(e.was || e.became) && <span className="nj-dim"> {t.became(e.was, e.became)}</span>}
                    {e.comment && (
                      <Text size="sm" style={{ whiteSpace: 'pre-wrap' }}>
                        {e.comment}
                      </Text>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Answer>
    </Panel>
  );
}
