import { Alert, List } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { Copy } from '../../parts/copy';
import { rules as t } from '../../text/rules';
import type { Detail } from './query';

// Faults says what is wrong with files of rules, with file and line.
export function Faults({ list }: { list: Schemas['RuleList'] }) {
  const folders = list.folders.filter((f) => f.problem);
  if (list.faults.length === 0 && folders.length === 0) return null;
  return (
    <Alert
      color="yellow"
      variant="outline"
      role="status"
      title={t.faults}
      styles={{ title: { color: 'var(--nj-warn)' } }}
    >
      <List size="sm">
        {folders.map((f) => (
          <List.Item key={f.name}>
            {f.name}: {f.problem}
          </List.Item>
        ))}
        {list.faults.map(item)}
      </List>
    </Alert>
  );
}

// Doubts says what a rule speaks of and nothing fills in, as rule check does.
export function Doubts({ rule }: { rule: Detail }) {
  if (rule.warnings.length === 0) return null;
  return (
    <Alert color="yellow" variant="outline" title={t.doubts} styles={{ title: { color: 'var(--nj-warn)' } }}>
      <List size="sm">{rule.warnings.map(item)}</List>
    </Alert>
  );
}

function item(f: Schemas['RuleFault']) {
  return (
    <List.Item key={`${f.file} ${f.line} ${f.message}`}>
      <Copy value={t.faultAt(f.file, f.line)} /> {f.message}
      {f.hint && <div className="nj-dim">{f.hint}</div>}
    </List.Item>
  );
}
