import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ApiError } from '../../api/error';
import { Fact } from '../../parts/fact';
import { Page, Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Sides } from '../../parts/sides';
import { Answer, Empty } from '../../parts/state';
import { Age } from '../../parts/time';
import { rules as t } from '../../text/rules';
import { Level } from '../alerts/level';
import { type Tab, tabs } from './address';
import { Asks } from './asks';
import { Backtest } from './backtest';
import { Exceptions } from './exceptions';
import { Doubts } from './faults';
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
      <Doubts rule={rule} />
      <ModePanel rule={rule} />
      <Sides
        label={rule.title}
        names={tabs}
        titles={t.tabs}
        shown={tab}
        show={(next) => navigate({ search: (now) => ({ ...now, tab: next }) })}
      >
        {(name) => {
          const Side = sides[name];
          return <Side rule={rule} />;
        }}
      </Sides>
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
