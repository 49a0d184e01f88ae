import { Group, List, Stack, Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Copy, CopyButton } from '../../parts/copy';
import { Fact } from '../../parts/fact';
import { Panel } from '../../parts/page';
import { Severity } from '../../parts/severity';
import { Time } from '../../parts/time';
import { alerts } from '../../text/alerts';
import { rules } from '../../text/rules';
import { techniques } from './attack';
import type { Detail } from './query';

const t = rules.asks;

// Asks says what a rule asks, in words and as it is written.
export function Asks({ rule }: { rule: Detail }) {
  return (
    <Stack gap="md">
      <Panel title={rules.tabs.asks}>
        <Stack gap="sm">
          <Text>{rule.description || t.nothing}</Text>
          <Text size="sm" c="dimmed">
            {rules.kindText[rule.kind]}
            {rule.schedule && ` ${t.every(rule.schedule.every, rule.schedule.lookback)}.`}
          </Text>
          {rule.reason && (
            <Fact name={t.reason}>
              <span className="nj-mono">{rule.reason}</span>
            </Fact>
          )}
          {rule.binding && (
            <Fact name={t.sources}>
              {rule.binding.log_source}
              {rule.binding.sources.length > 0 && ` (${rule.binding.sources.join(', ')})`}
            </Fact>
          )}
          <Others name={t.uses} ids={rule.uses} />
          <Others name={t.usedBy} ids={rule.used_by} />
          <Schedule rule={rule} />
          <About rule={rule} />
          <Attack tags={rule.tags} />
        </Stack>
      </Panel>
      <Sentences title={t.response} all={rule.response} ordered />
      <Sentences title={t.falsePositives} all={rule.false_positives} />
      <Fields rule={rule} />
      <Panel title={t.text} actions={<CopyButton value={rule.text} label={t.copyText} />}>
        <Stack gap="sm">
          <Group gap="lg">
            <Fact name={t.id}>
              <Copy value={rule.id} label={t.id} />
            </Fact>
            <Fact name={t.file}>
              <Copy value={rules.faultAt(rule.file, rule.line)} label={t.file} />
            </Fact>
            {rule.author && <Fact name={t.author}>{rule.author}</Fact>}
            {rule.status && <Fact name={t.status}>{rule.status}</Fact>}
          </Group>
          <Code label={t.text}>{rule.text}</Code>
        </Stack>
      </Panel>
      <References all={rule.references} />
    </Stack>
  );
}

// Code scrolls, so that the keyboard must reach it.
function Code({ label, children }: { label: string; children: string }) {
  return (
    <section className="nj-code" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

function Others({ name, ids }: { name: string; ids: string[] }) {
  if (ids.length === 0) return null;
  return (
    <Fact name={name}>
      {ids.map((id) => (
        <div key={id}>
          <Link to="/rules/$id" params={{ id }}>
            {id}
          </Link>
        </div>
      ))}
    </Fact>
  );
}

function Schedule({ rule }: { rule: Detail }) {
  const s = rule.schedule;
  if (!s) return null;
  return (
    <>
      {s.query && (
        <Fact name={t.query}>
          <Code label={t.query}>{s.query}</Code>
        </Fact>
      )}
      <Group gap="lg">
        <Fact name={t.asked}>
          <Time value={s.last} />
        </Fact>
        <Fact name={t.next}>
          <Time value={s.next} />
        </Fact>
      </Group>
      {s.problem && <Severity tone="critical">{s.problem}</Severity>}
    </>
  );
}

function About({ rule }: { rule: Detail }) {
  if (rule.entities.length === 0) return null;
  const kind = (k: string) => alerts.kind[k as keyof typeof alerts.kind] ?? k;
  return (
    <Group gap="lg" align="flex-start">
      <Fact name={t.entities}>
        {rule.entities.map((e) => (
          <div key={e.kind}>
            {kind(e.kind)}: <span className="nj-mono">{e.fields.join(', ')}</span>
          </div>
        ))}
      </Fact>
      <Fact name={t.group}>{rule.group.length > 0 ? rule.group.map(kind).join(', ') : t.groupDefault}</Fact>
    </Group>
  );
}

function Attack({ tags }: { tags: string[] }) {
  const found = techniques(tags);
  if (found.length === 0) return null;
  return (
    <Fact name={t.attack}>
      <Group gap="sm">
        {found.map((a) =>
          a.href ? (
            <a key={a.name} href={a.href} target="_blank" rel="noreferrer">
              {a.name}
            </a>
          ) : (
            <span key={a.name}>{a.name}</span>
          ),
        )}
      </Group>
    </Fact>
  );
}

function Sentences({ title, all, ordered }: { title: string; all: string[]; ordered?: boolean }) {
  if (all.length === 0) return null;
  return (
    <Panel title={title}>
      <List type={ordered ? 'ordered' : 'unordered'}>
        {all.map((s) => (
          <List.Item key={s}>{s}</List.Item>
        ))}
      </List>
    </Panel>
  );
}

function References({ all }: { all: string[] }) {
  // What stands in a file may be any text: only addresses of the web are links.
  const links = all.filter((a) => /^https?:\/\//.test(a));
  if (links.length === 0) return null;
  return (
    <Panel title={t.references}>
      <List>
        {links.map((a) => (
          <List.Item key={a}>
            <a href={a} target="_blank" rel="noreferrer" className="nj-mono">
              {a}
            </a>
          </List.Item>
        ))}
      </List>
    </Panel>
  );
}

function Fields({ rule }: { rule: Detail }) {
  if (rule.fields.length === 0) return null;
  return (
    <Panel title={t.fields}>
      <Table.ScrollContainer minWidth={420} type="native" role="group" aria-label={t.fields}>
        <Table aria-label={t.fields}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.field}</Table.Th>
              <Table.Th>{t.places}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rule.fields.map((f) => (
              <Table.Tr key={f.name}>
                <Table.Td>
                  <Copy value={f.name} />
                </Table.Td>
                <Table.Td>
                  {f.places.length > 0 ? (
                    f.places.map((p) => (
                      <div key={p} className="nj-mono">
                        {p}
                      </div>
                    ))
                  ) : (
                    <Severity tone="warning">{t.nowhere}</Severity>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}
