import { Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Answer } from '../../parts/state';
import { alerts as t } from '../../text/alerts';
import { normalQuery } from './query';

// Normal sets what an alert says beside what was usual for the same user,
// address or application in the 30 days before.
export function Normal({ id }: { id: string }) {
  const query = useQuery(normalQuery(id));
  return (
    <Panel title={t.normal}>
      <Answer of={query}>
        {(n) =>
          n.entity ? (
            <Stack gap="sm">
              <Text>{t.normalText(t.kind[n.entity.kind], n.entity.value, n.total, n.days)}</Text>
              <Table.ScrollContainer minWidth={420} type="native" role="group" aria-label={t.normal}>
                <Table aria-label={t.normal}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t.normalField}</Table.Th>
                      <Table.Th>{t.normalUsual}</Table.Th>
                      <Table.Th>{t.normalHere}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {n.fields.map((f) => (
                      <Table.Tr key={f.field}>
                        <Table.Th scope="row">{f.text}</Table.Th>
                        <Table.Td style={{ overflowWrap: 'anywhere' }}>
                          {f.values
                            .slice(0, 5)
                            .map((v) => `${v.value} (${v.count.toLocaleString('en')})`)
                            .join(', ')}
                          {f.distinct > 5 && ` ${f.cut ? t.andManyMore(f.distinct - 5) : t.andMore(f.distinct - 5)}`}
                        </Table.Td>
                        <Table.Td style={{ overflowWrap: 'anywhere' }}>
                          {f.cut ? (
                            t.normalCut
                          ) : f.new.length > 0 ? (
                            <Severity tone="warning">{t.normalNew(f.new.join(', '))}</Severity>
                          ) : (
                            <span className="nj-dim">{t.normalNothingNew}</span>
                          )}
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              {n.sql[0] && (
                <Link to="/query" search={{ from: n.from, to: n.to, sql: n.sql[0] }}>
                  {t.normalSql}
                </Link>
              )}
            </Stack>
          ) : (
            <Text c="dimmed">{t.normalNone}</Text>
          )
        }
      </Answer>
    </Panel>
  );
}
