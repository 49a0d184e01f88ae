import { Anchor, Text } from '@mantine/core';
import type { Schemas } from '../api/client';

/** What the licences of the address data ask to be shown wherever places are. */
export function Attributions({ of }: { of: Schemas['Attribution'][] }) {
  if (of.length === 0) {
    return null;
  }
  return (
    <Text size="xs" c="dimmed">
      {of.map((a, i) => (
        <span key={a.url + a.text}>
          {i > 0 && ' · '}
          <Anchor href={a.url} target="_blank" rel="noreferrer" inherit underline="always">
            {a.text}
          </Anchor>
        </span>
      ))}
    </Text>
  );
}
