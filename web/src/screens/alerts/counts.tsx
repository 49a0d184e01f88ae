import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { alerts as t } from '../../text/alerts';
import { Level } from './level';
import { countsQuery } from './query';

// Counts are of the alerts that are open, by status and by severity; each leads
// to them.
export function Counts({ tenant }: { tenant: string[] | undefined }) {
  const { data: c } = useQuery(countsQuery(tenant));
  // It has its height before its numbers, so that nothing below it moves.
  return (
    <Group gap="md" role="group" aria-label={t.counts} mih={24}>
      {c && (
        <>
          <Link to="/alerts" search={{ tenant, status: ['new'] }}>
            {t.count(c.new, t.status.new.toLowerCase())}
          </Link>
          <Link to="/alerts" search={{ tenant, status: ['acknowledged'] }}>
            {t.count(c.acknowledged, t.status.acknowledged.toLowerCase())}
          </Link>
          <Link to="/alerts" search={{ tenant, assignee: 'me' }}>
            {t.count(c.mine, t.mine)}
          </Link>
          <Link to="/silences">{t.count(c.silenced, t.silenced)}</Link>
          {c.severities.map((s) => (
            <Link key={s.severity} to="/alerts" search={{ tenant, severity: [s.severity] }}>
              <Level of={s.severity}>{t.count(s.count, t.severity[s.severity].toLowerCase())}</Level>
            </Link>
          ))}
        </>
      )}
    </Group>
  );
}
