import { Table } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { Severity } from '../../parts/severity';
import { Age, Time } from '../../parts/time';
import { text } from '../../text';
import { useNow } from '../../time/clock';
import { formatAge } from '../../time/format';
import { day } from '../../time/span';
import { feedTone } from './tone';

const t = text.connections;

// FeedTable says for each feed how far it is, and how near to losing something.
export function FeedTable({ feeds }: { feeds: Schemas['FeedState'][] }) {
  return (
    <Table.ScrollContainer minWidth={860} type="native" role="group" aria-label={t.tabs.feeds}>
      <Table aria-label={t.tabs.feeds}>
        <Table.Thead>
          <Table.Tr>
            {Object.entries(t.feeds).map(([key, title]) => (
              <Table.Th key={key} ta={numbers.has(key) ? 'right' : undefined}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {feeds.map((f) => (
            <Table.Tr key={f.feed}>
              <Table.Th scope="row">
                {t.feedName[f.feed]}
                <br />
                <span className="nj-dim nj-mono">{f.feed}</span>
              </Table.Th>
              <Table.Td>
                <Severity tone={feedTone[f.state]}>{t.feedState[f.state]}</Severity>
                {/* A first collection begins at the cliff: what is oldest is always about to go. */}
                {f.state === 'first' ? (
                  <div className="nj-dim">{t.toGo(f.pending)}</div>
                ) : (
                  f.expires && <Cliff expires={f.expires} />
                )}
              </Table.Td>
              <Table.Td>
                <Age value={f.last_success} />
              </Table.Td>
              <Table.Td>
                {f.listed_to ? <Time value={f.listed_to} /> : <span className="nj-dim">{text.time.never}</span>}
              </Table.Td>
              <Table.Td ta="right" className="nj-whole">
                {f.lag_seconds === undefined ? '' : formatAge(f.lag_seconds * 1000)}
              </Table.Td>
              <Table.Td ta="right">{f.pending}</Table.Td>
              <Table.Td ta="right">{f.events?.toLocaleString('en')}</Table.Td>
              <Table.Td ta="right">{f.lost > 0 ? <Severity tone="critical">{f.lost}</Severity> : 0}</Table.Td>
              <Table.Td ta="right">{f.gaps > 0 ? <Severity tone="warning">{f.gaps}</Severity> : 0}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const numbers = new Set(['lag', 'waiting', 'events', 'lost', 'gaps']);

// Cliff counts down to the moment at which Microsoft drops what is not fetched.
function Cliff({ expires }: { expires: string }) {
  const now = useNow();
  const left = Date.parse(expires) - now;
  if (left > 2 * day) return null;
  return (
    <div title={t.cliffText}>
      <Severity tone={left < day ? 'critical' : 'warning'}>{t.cliff(text.time.ahead(formatAge(left)))}</Severity>
    </div>
  );
}
