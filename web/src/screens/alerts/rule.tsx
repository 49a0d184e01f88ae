import { Checkbox, Group, List, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Panel } from '../../parts/page';
import { Severity, type Tone } from '../../parts/severity';
import { Answer } from '../../parts/state';
import { alerts as t } from '../../text/alerts';
import { rules } from '../../text/rules';
import { formatAge } from '../../time/format';
import { TestTable } from '../rules/testtable';
import { type Alert, qualityQuery, ruleQuery } from './query';
import { useTicks } from './ticks';

// Steps is what the rule says to do next, to be ticked off.
export function Steps({ of: a }: { of: Alert }) {
  const rule = useQuery(ruleQuery(a.rule, [a.tenant_id]));
  const [ticked, tick] = useTicks(a.id);
  if (rule.data && rule.data.response.length === 0) return null;
  return (
    <Panel title={t.response}>
      <Answer of={rule}>
        {(r) => (
          <Stack gap="xs">
            {r.response.map((step) => (
              <Checkbox key={step} size="md" label={step} checked={ticked.has(step)} onChange={() => tick(step)} />
            ))}
            <Text size="xs" c="dimmed">
              {t.responseText}
            </Text>
          </Stack>
        )}
      </Answer>
    </Panel>
  );
}

const tones: Record<'unknown' | 'keep' | 'tune' | 'retire', Tone> = {
  unknown: 'idle',
  keep: 'ok',
  tune: 'warning',
  retire: 'critical',
};

// RulePanel says what found it, how it errs and is tested, and how good it has been.
export function RulePanel({ of: a }: { of: Alert }) {
  const rule = useQuery(ruleQuery(a.rule, [a.tenant_id]));
  const quality = useQuery(qualityQuery(a.rule));
  const q = quality.data?.items.find((i) => i.rule === a.rule);
  const seconds = (s: number | undefined) => (s === undefined ? '–' : formatAge(s * 1000));
  return (
    <Panel
      title={t.ruleTitle}
      actions={
        <Link to="/rules/$id" params={{ id: a.rule }}>
          {t.ruleOpen}
        </Link>
      }
    >
      <Stack gap="sm">
        <Answer of={rule}>
          {(r) => (
            <>
              <Text fw={600}>{r.title}</Text>
              <Text>{r.description}</Text>
              {r.false_positives.length > 0 && (
                <div>
                  <Title order={3}>{t.falsePositives}</Title>
                  <List size="sm">
                    {r.false_positives.map((f) => (
                      <List.Item key={f}>{f}</List.Item>
                    ))}
                  </List>
                </div>
              )}
              <div>
                <Title order={3}>{rules.tabs.tests}</Title>
                {r.test_list.length > 0 ? (
                  <>
                    <TestTable tests={r.test_list} />
                    <Link to="/rules/$id" params={{ id: a.rule }} search={{ tab: 'tests' }}>
                      {rules.tests.run}
                    </Link>
                  </>
                ) : (
                  <Text size="sm" c="dimmed">
                    {rules.tests.none}
                  </Text>
                )}
              </div>
            </>
          )}
        </Answer>
        {(a.tactics.length > 0 || a.techniques.length > 0) && (
          <div>
            <Title order={3}>{t.attack}</Title>
            <Text size="sm">{[...a.tactics.map(tactic), ...a.techniques].join(' · ')}</Text>
          </div>
        )}
        <div>
          <Title order={3}>{t.quality}</Title>
          {q ? (
            <>
              <Group gap="sm">
                <Severity tone={tones[q.verdict]}>{t.verdict[q.verdict]}</Severity>
                <Text size="sm">{t.qualityCounts(q.true, q.benign, q.false)}</Text>
              </Group>
              <Text size="sm">{q.why}</Text>
              {(q.acknowledge_seconds !== undefined || q.close_seconds !== undefined) && (
                <Text size="sm" c="dimmed">
                  {t.qualityTimes(seconds(q.acknowledge_seconds), seconds(q.close_seconds))}
                </Text>
              )}
            </>
          ) : (
            <Text size="sm" c="dimmed">
              {t.qualityNone}
            </Text>
          )}
        </div>
      </Stack>
    </Panel>
  );
}

// tactic writes a tactic as ATT&CK does: credential-access is Credential Access.
export function tactic(name: string): string {
  return name
    .split('-')
    .map((w) => (w === 'and' ? w : w.charAt(0).toUpperCase() + w.slice(1)))
    .join(' ');
}
