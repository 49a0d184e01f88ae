import { Group, Stack, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { LinkButton } from '../../parts/linkbutton';
import { Answer, Empty } from '../../parts/state';
import { Age } from '../../parts/time';
import { rules } from '../../text/rules';
import { Level } from '../alerts/level';
import { type Detail, foundQuery } from './query';

const t = rules.found;

// Found lists what a rule alerted of lately. What a dry run found is in the
// table of findings alone.
export function Found({ rule }: { rule: Detail }) {
  const query = useQuery(foundQuery(rule.id));
  const sql = `SELECT time, tenant, severity, dry_run, reason FROM findings WHERE rule = '${rule.id.replaceAll("'", "''")}' ORDER BY time DESC`;
  return (
    <Stack gap="md">
      <Group>
        <LinkButton
          to="/alerts"
          search={{ rule: rule.id, status: ['new', 'acknowledged', 'closed'] }}
          variant="default"
        >
          {t.all}
        </LinkButton>
        <LinkButton to="/query" search={{ sql }} variant="default">
          {t.sql}
        </LinkButton>
      </Group>
      <Answer of={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t.none}>{rule.mode === 'dry_run' ? t.noneDry : undefined}</Empty>
          ) : (
            <Table.ScrollContainer minWidth={640} type="native" role="group" aria-label={rules.tabs.found}>
              <Table aria-label={rules.tabs.found}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t.alert}</Table.Th>
                    <Table.Th>{rules.columns.level}</Table.Th>
                    <Table.Th>{t.statusName}</Table.Th>
                    <Table.Th>{t.said}</Table.Th>
                    <Table.Th ta="right">{t.findings}</Table.Th>
                    <Table.Th>{t.last}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((a) => (
                    <Table.Tr key={a.id}>
                      <Table.Th scope="row">
                        <Link to="/alerts/$id" params={{ id: a.id }}>
                          {a.id}
                        </Link>
                      </Table.Th>
                      <Table.Td>
                        <Level of={a.severity} />
                      </Table.Td>
                      <Table.Td>{t.status[a.status]}</Table.Td>
                      <Table.Td>{a.reason}</Table.Td>
                      <Table.Td ta="right">{a.findings.toLocaleString('en')}</Table.Td>
                      <Table.Td>
                        <Age value={a.last} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Answer>
    </Stack>
  );
}
