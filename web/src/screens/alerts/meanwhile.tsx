import { Checkbox, Group, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Failure } from '../../parts/state';
import { alerts as t } from '../../text/alerts';
import { rulesQuery } from '../rules/query';
import type { Draft, Kind } from './draft';

// Meanwhile makes of a silence an inhibition: it holds only while an alert of
// another rule is open about the same.
export function Meanwhile({ draft: d, put }: { draft: Draft; put: (part: Partial<Draft>) => void }) {
  // A rule may explain others before it ever found something, so all are offered.
  const rules = useQuery({ ...rulesQuery, enabled: d.meanwhile });
  const names = (rules.data?.items ?? [])
    .filter((r) => r.id !== d.rule || r.id === d.source)
    .map((r) => ({ value: r.id, label: r.title }))
    .sort((a, b) => a.label.localeCompare(b.label, 'en'));
  return (
    <>
      <Checkbox
        size="md"
        label={t.meanwhile}
        description={t.meanwhileHint}
        checked={d.meanwhile}
        onChange={(e) => put({ meanwhile: e.currentTarget.checked })}
      />
      {d.meanwhile && (
        <>
          <NativeSelect
            label={t.meanwhileRule}
            value={d.source}
            onChange={(e) => put({ source: e.currentTarget.value })}
            data={[{ value: '', label: t.meanwhileChoose }, ...names]}
            required
          />
          {rules.error && <Failure error={rules.error} />}
          <Checkbox.Group
            label={t.meanwhileSame}
            description={t.meanwhileSameHint}
            value={d.shared}
            onChange={(shared) => put({ shared: shared as Kind[] })}
          >
            <Group gap="sm" mt="xs">
              {Object.entries(t.kind).map(([kind, label]) => (
                <Checkbox key={kind} size="md" value={kind} label={label} />
              ))}
            </Group>
          </Checkbox.Group>
        </>
      )}
    </>
  );
}
