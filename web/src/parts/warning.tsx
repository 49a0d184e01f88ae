import { Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '../api/client';
import { text } from '../text';
import { Severity } from './severity';
import { Age } from './time';

// WarningList tells for each thing that is wrong what it is, since when, where,
// and what to do about it.
export function WarningList({ warnings }: { warnings: Schemas['Warning'][] }) {
  return (
    <Stack gap="md" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
      {warnings.map((w) => (
        <li key={`${w.code} ${w.tenant ?? ''} ${w.source ?? ''}`}>
          <Severity tone={w.severity}>
            <strong>{w.title}</strong>
          </Severity>
          <Text size="sm">{w.text}</Text>
          <Text size="sm">
            <span className="nj-dim">{text.shell.remedy}: </span>
            {w.remedy}
          </Text>
          <Text size="xs" c="dimmed">
            {w.tenant && (
              <Link to="/connections/$tenant" params={{ tenant: w.tenant }}>
                {w.tenant_name ?? w.tenant}
              </Link>
            )}
            {w.tenant && ' · '}
            {w.source && `${w.source} · `}
            <Age value={w.since} />
          </Text>
        </li>
      ))}
    </Stack>
  );
}
