import { Accordion, Text } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { text } from '../../text';

const t = text.query;

type Props = { language: Schemas['Language'] | undefined; insert: (what: string) => void };

// Words lists what a query can name; a click puts it where the cursor is.
export function Words({ language, insert }: Props) {
  if (!language) return <aside aria-label={t.tables} />;
  return (
    <aside aria-label={t.tables} style={{ maxHeight: 'calc(100vh - 150px)', overflowY: 'auto' }}>
      <Text fw={600} size="sm">
        {t.tables}
      </Text>
      <Accordion variant="default" styles={{ control: { padding: '0 4px' }, content: { padding: '0 4px' } }}>
        {language.tables.map((table) => (
          <Accordion.Item key={table.name} value={table.name}>
            <Accordion.Control>
              <span className="nj-mono">{table.name}</span>
            </Accordion.Control>
            <Accordion.Panel>
              <Text size="xs" c="dimmed">
                {table.text}
              </Text>
              <List
                words={[
                  { name: table.name, title: table.text },
                  ...table.columns.map((c) => ({ name: c.name, title: `${c.type}: ${c.text}` })),
                ]}
                insert={insert}
              />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
        <Accordion.Item value="functions()">
          <Accordion.Control>{t.functions}</Accordion.Control>
          <Accordion.Panel>
            <List
              words={language.functions.map((f) => ({ name: f.name, title: `${f.usage}: ${f.text}` }))}
              insert={insert}
            />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </aside>
  );
}

function List({ words, insert }: { words: { name: string; title: string }[]; insert: (what: string) => void }) {
  return (
    <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
      {words.map((w) => (
        <li key={w.name} style={{ display: 'flex', lineHeight: '22px' }}>
          <button
            type="button"
            className="nj-plain nj-mono"
            title={w.title}
            aria-label={t.insert(w.name)}
            onClick={() => insert(w.name)}
          >
            {w.name}
          </button>
        </li>
      ))}
    </ul>
  );
}
