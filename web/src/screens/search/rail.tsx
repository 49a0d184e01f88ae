import { ActionIcon, Group, Stack, Text, Tooltip } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { Icon } from '../../parts/icon';
import { text } from '../../text';
import type { Filter } from './address';

const t = text.search;

type Props = { fields: Schemas['Values']['items']; stale: boolean; filter: (f: Filter) => void };

// Rail lists the most frequent values of each field; a click includes or
// excludes one.
export function Rail({ fields, stale, filter }: Props) {
  return (
    <Stack gap="md" aria-busy={stale} style={{ opacity: stale ? 0.5 : 1 }}>
      {fields.map(({ field, values }) => {
        const name = t.field[field] ?? field;
        const most = Math.max(1, ...values.map((v) => v.count));
        return (
          <section key={field} aria-label={name}>
            <Text size="xs" fw={600}>
              {name}
            </Text>
            {values.length === 0 && (
              <Text size="xs" c="dimmed">
                {t.railNothing}
              </Text>
            )}
            <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
              {values.map((v) => (
                <li key={v.value} className="nj-rail" style={{ backgroundSize: `${(v.count / most) * 100}% 100%` }}>
                  <button
                    type="button"
                    className="nj-plain nj-cut"
                    title={v.value}
                    aria-label={t.include(`${name} ${v.value || t.empty}`)}
                    onClick={() => filter({ field, op: 'is', value: v.value })}
                  >
                    {v.value || <span className="nj-dim">{t.empty}</span>}
                  </button>
                  <Group gap={2} wrap="nowrap">
                    <span className="nj-count">{v.count.toLocaleString('en', { notation: 'compact' })}</span>
                    <Tooltip label={t.exclude(v.value || t.empty)}>
                      <ActionIcon
                        size={20}
                        variant="subtle"
                        color="gray"
                        aria-label={t.exclude(`${name} ${v.value || t.empty}`)}
                        onClick={() => filter({ field, op: 'is_not', value: v.value })}
                      >
                        <Icon name="minus" size={12} />
                      </ActionIcon>
                    </Tooltip>
                  </Group>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </Stack>
  );
}
