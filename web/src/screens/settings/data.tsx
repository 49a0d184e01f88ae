import { Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { settingsQuery } from '../../api/queries';
import { Copy } from '../../parts/copy';
import { Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Answer } from '../../parts/state';
import { Time } from '../../parts/time';
import { text } from '../../text';

const t = text.settings.data;

export function Data() {
  const query = useQuery(settingsQuery);
  return (
    <Answer of={query}>
      {(s) => (
        <Stack gap="md" maw={960}>
          <Panel title={t.retention}>
            <Table aria-label={t.retention}>
              <Table.Tbody>
                {s.retention.tables.map((r) => (
                  <Table.Tr key={r.table}>
                    <Table.Td className="nj-mono">{r.table}</Table.Td>
                    <Table.Td>{t.retentionDays(r.days)}</Table.Td>
                  </Table.Tr>
                ))}
                <Table.Tr>
                  <Table.Td>{s.retention.tables.length > 0 ? t.standard : t.allTables}</Table.Td>
                  <Table.Td>{t.retentionDays(s.retention.default_days)}</Table.Td>
                </Table.Tr>
              </Table.Tbody>
            </Table>
          </Panel>
          <Panel title={t.geo}>
            {s.geo.length === 0 ? (
              <Text>{t.geoNone}</Text>
            ) : (
              <Table aria-label={t.geo}>
                <Table.Tbody>
                  {s.geo.map((g) => (
                    <Table.Tr key={`${g.kind} ${g.name}`}>
                      <Table.Td>{g.name}</Table.Td>
                      <Table.Td>{g.kind}</Table.Td>
                      <Table.Td>
                        {g.problem ? (
                          <Severity tone="warning">{g.problem}</Severity>
                        ) : (
                          g.built && (
                            <>
                              {t.geoBuilt} <Time value={g.built} detail="day" />
                            </>
                          )
                        )}
                      </Table.Td>
                      <Table.Td>{g.attribution}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            )}
          </Panel>
          <Panel title={t.backup}>
            {s.backup.text && <Text>{s.backup.text}</Text>}
            <Copy value={s.backup.command} />
          </Panel>
          <Panel title={t.options}>
            <Text c="dimmed">{t.optionsText}</Text>
            <Table.ScrollContainer minWidth={480} type="native" role="group" aria-label={t.options}>
              <Table aria-label={t.options}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t.columns.key}</Table.Th>
                    <Table.Th>{t.columns.value}</Table.Th>
                    <Table.Th>{t.columns.from}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {s.options.map((o) => (
                    <Table.Tr key={o.key}>
                      <Table.Td className="nj-mono">{o.key}</Table.Td>
                      <Table.Td className="nj-mono">{o.value}</Table.Td>
                      <Table.Td>{o.from}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Panel>
        </Stack>
      )}
    </Answer>
  );
}
