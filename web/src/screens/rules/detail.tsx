import { Group, Stack, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ApiError } from '../../api/error';
import { Page, Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Answer, Empty } from '../../parts/state';
import { Age } from '../../parts/time';
import { rules as t } from '../../text/rules';
import { Level } from '../alerts/level';
import { type Tab, tabs } from './address';
import { Asks } from './asks';
import { Backtest } from './backtest';
import { Exceptions } from './exceptions';
import { Found } from './found';
import { ModePanel } from './mode';
import { Parameters } from './parameters';
import { Quality } from './quality';
import { type Detail, detailQuery } from './query';
import { Tests } from './tests';

export function RuleDetail() {
  const { id } = useParams({ from: '/shell/rules/$id' });
  const query = useQuery(detailQuery(id));
  const gone = query.error && ApiError.of(query.error).code === 'not_found';
  return (
    <Page title={query.data?.title ?? t.title}>
      {gone ? (
        <Empty title={t.gone} action={<Link to="/rules">{t.title}</Link>}>
          {t.goneText}
        </Empty>
      ) : (
        <Answer of={query}>{(rule) => <Shown rule={rule} />}</Answer>
      )}
    </Page>
  );
}

const sides: Record<Tab, (props: { rule: Detail }) => React.ReactNode> = {
  asks: Asks,
  tuning: Parameters,
  exceptions: Exceptions,
  tests: Tests,
  backtest: Backtest,
  found: Found,
};

function Shown({ rule }: { rule: Detail }) {
  const { tab } = useSearch({ from: '/shell/rules/$id' });
  const navigate = useNavigate({ from: '/rules/$id' });
  return (
    <Stack gap="md">
      <Facts rule={rule} />
      <ModePanel rule={rule} />
      <Tabs
        value={tab ?? 'asks'}
        onChange={(next) =>
          navigate({ search: (now) => ({ ...now, tab: next === 'asks' ? undefined : (next as Exclude<Tab, 'asks'>) }) })
        }
        keepMounted={false}
      >
        <Tabs.List aria-label={rule.title}>
          {tabs.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map((name) => {
          const Side = sides[name];
          return (
            <Tabs.Panel key={name} value={name} pt="md">
              <Side rule={rule} />
            </Tabs.Panel>
          );
        })}
      </Tabs>
    </Stack>
  );
}

function Facts({ rule }: { rule: Detail }) {
  return (
    <Panel label={rule.title}>
      <Group align="flex-start" style={{ columnGap: 32, rowGap: 8 }}>
        <Fact name={t.columns.level}>
          <Level of={rule.severity} />
        </Fact>
        <Fact name={t.pack}>
          <Link to="/rules" search={{ pack: rule.pack }}>
            {rule.pack}
          </Link>
        </Fact>
        <Fact name={t.folder}>{rule.shipped ? t.shipped : rule.folder}</Fact>
        {rule.hits && (
          <>
            <Fact name={t.columns.day}>{rule.hits.day.toLocaleString('en')}</Fact>
            <Fact name={t.columns.week}>{rule.hits.week.toLocaleString('en')}</Fact>
            <Fact name={t.columns.last}>
              <Age value={rule.hits.last} />
            </Fact>
          </>
        )}
        {rule.quality && (
          <Fact name={t.columns.quality}>
            <Quality of={rule.quality} />
          </Fact>
        )}
      </Group>
      {!rule.runs && (
        <Stack gap={2} mt="sm">
          <Severity tone="warning">{t.cannot}</Severity>
          <Text size="sm">{rule.binding?.reason || t.cannotText}</Text>
        </Stack>
      )}
    </Panel>
  );
}

export function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <div>{children}</div>
    </div>
  );
}
