import { Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { servicesQuery } from '../../api/queries';
import { Severity } from '../../parts/severity';
import { Answer } from '../../parts/state';
import { text } from '../../text';
import { useReport } from './check';

const t = text.connections.permissions;

// PermissionTab lists what the chosen services need beside what the newest
// test found granted.
export function PermissionTab({ connection }: { connection: Schemas['Connection'] }) {
  const query = useQuery(servicesQuery);
  const report = useReport(connection.tenant_id);
  return (
    <Stack gap="sm">
      <Text>{t.text}</Text>
      <Answer of={query}>
        {({ items }) => {
          const needed = items.filter((s) => connection.services.includes(s.id)).flatMap((s) => s.permissions);
          return (
            <Table.ScrollContainer
              minWidth={640}
              type="native"
              role="group"
              aria-label={text.connections.tabs.permissions}
            >
              <Table aria-label={text.connections.tabs.permissions}>
                <Table.Thead>
                  <Table.Tr>
                    {Object.values(t.columns).map((c) => (
                      <Table.Th key={c}>{c}</Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {needed.map((p) => (
                    <Table.Tr key={`${p.api} ${p.name}`}>
                      <Table.Td className="nj-mono">{p.name}</Table.Td>
                      <Table.Td>{p.api}</Table.Td>
                      <Table.Td>{p.reason}</Table.Td>
                      <Table.Td>
                        <State name={p.name} report={report} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                  {report?.excess_permissions.map((name) => (
                    <Table.Tr key={name}>
                      <Table.Td className="nj-mono">{name}</Table.Td>
                      <Table.Td />
                      <Table.Td>{t.excess}</Table.Td>
                      <Table.Td>
                        <Severity tone="warning">{t.granted}</Severity>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          );
        }}
      </Answer>
    </Stack>
  );
}

function State({ name, report }: { name: string; report: Schemas['CheckReport'] | undefined }) {
  if (!report) return <Severity tone="idle">{t.untested}</Severity>;
  if (report.missing_permissions.some((m) => m.permission === name))
    return <Severity tone="critical">{t.missing}</Severity>;
  if (report.permissions.includes(name)) return <Severity tone="ok">{t.granted}</Severity>;
  return <Severity tone="idle">{t.untested}</Severity>;
}
