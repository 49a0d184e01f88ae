import { Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../api/client';
import { connectionsQuery } from '../api/queries';
import { LinkButton } from '../parts/linkbutton';
import { Severity, type Tone } from '../parts/severity';
import { text } from '../text';
import { useNow } from '../time/clock';
import { formatAge } from '../time/format';

type Fresh = { tone: Tone; word: string };

// freshnessOf says in a word how far what is on the screens lags behind.
export function freshnessOf(connections: Schemas['Connection'][], now: number): Fresh {
  if (connections.length === 0) return { tone: 'idle', word: text.shell.freshNoConnection };
  const running = connections.filter((c) => !c.paused);
  if (running.length === 0) return { tone: 'idle', word: text.shell.freshPaused };
  const feeds = running.flatMap((c) => c.feeds.filter((f) => f.on));
  const behind = feeds.filter((f) => f.state === 'behind' || f.state === 'failing').length;
  if (behind > 0) return { tone: 'warning', word: text.shell.freshBehind(behind) };
  if (feeds.some((f) => f.state === 'first')) return { tone: 'info', word: text.shell.freshFirst };
  // The one that was looked at longest ago is what a person may be missing.
  const looked = feeds.flatMap((f) => (f.last_success ? [Date.parse(f.last_success)] : []));
  if (looked.length === 0) return { tone: 'idle', word: text.shell.freshNone };
  return { tone: 'ok', word: text.shell.fresh(formatAge(now - Math.min(...looked))) };
}

export function Freshness() {
  const { data } = useQuery(connectionsQuery);
  const now = useNow();
  if (!data) return null;
  const { tone, word } = freshnessOf(data.items, now);
  return (
    <Tooltip label={text.shell.freshLabel}>
      <LinkButton to="/connections" variant="subtle" color="gray" size="compact-md" visibleFrom="sm">
        <Severity tone={tone}>{word}</Severity>
      </LinkButton>
    </Tooltip>
  );
}
