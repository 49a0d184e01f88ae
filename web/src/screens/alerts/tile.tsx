import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Answer } from '../../parts/state';
import { alerts as t } from '../../text/alerts';
import { Level } from './level';
import { countsQuery } from './query';

// AlertTile says on the overview what is open, and leads to it.
export function AlertTile({ tenant }: { tenant: string[] | undefined }) {
  const query = useQuery(countsQuery(tenant));
  return (
    <Panel title={t.counts} actions={<Link to="/alerts">{t.queue}</Link>}>
      <Answer of={query}>
        {(c) =>
          c.severities.length === 0 ? (
            <Severity tone="ok">{t.none}</Severity>
          ) : (
            <Group gap="lg">
              {c.severities.map((s) => (
                <Link key={s.severity} to="/alerts" search={{ tenant, severity: [s.severity] }}>
                  <Level of={s.severity}>{t.count(s.count, t.severity[s.severity].toLowerCase())}</Level>
                </Link>
              ))}
              <Text size="sm" c="dimmed">
                {t.count(c.new, t.status.new.toLowerCase())}
              </Text>
            </Group>
          )
        }
      </Answer>
    </Panel>
  );
}
