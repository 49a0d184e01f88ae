import { Table } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { Severity } from '../../parts/severity';
import { rules } from '../../text/rules';

const t = rules.tests;

type Outcome = Schemas['RuleTestAnswer']['tests'][number];

type Props = { tests: Schemas['RuleTest'][]; results?: Map<string, Outcome> };

// TestTable says what the tests of a rule expect and, where they are run, how
// they went.
export function TestTable({ tests, results }: Props) {
  return (
    <Table.ScrollContainer minWidth={results ? 520 : 320} type="native" role="group" aria-label={rules.tabs.tests}>
      <Table aria-label={rules.tabs.tests}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.name}</Table.Th>
            <Table.Th ta="right">{t.given}</Table.Th>
            <Table.Th ta="right">{t.expected}</Table.Th>
            {results && <Table.Th>{t.result}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tests.map((test) => (
            <Table.Tr key={test.name}>
              <Table.Th scope="row">{test.name}</Table.Th>
              <Table.Td ta="right">{test.events.toLocaleString('en')}</Table.Td>
              <Table.Td ta="right">{test.alerts.toLocaleString('en')}</Table.Td>
              {results && (
                <Table.Td>
                  <Result of={results.get(test.name)} />
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Result({ of: r }: { of: Outcome | undefined }) {
  if (!r) return <Severity tone="idle">{t.notRun}</Severity>;
  return (
    <>
      <Severity tone={r.passed ? 'ok' : 'critical'}>{r.passed ? t.passed : t.failed}</Severity>
      {r.failures.map((f) => (
        <div key={f}>{f}</div>
      ))}
    </>
  );
}
