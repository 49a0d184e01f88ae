import { Alert, Button, Group, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useRef, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { languageQuery } from '../../api/queries';
import { curl, queryCommand } from '../../parts/command';
import { CopyMenu } from '../../parts/copy';
import { DownloadMenu } from '../../parts/download';
import { Page } from '../../parts/page';
import { SpanPicker } from '../../parts/spanpicker';
import { Empty, Failure, Loading } from '../../parts/state';
import { TenantPicker } from '../../parts/tenantpicker';
import { text } from '../../text';
import { useClock } from '../../time/clock';
import { day, hasSpan, lastSpan, type Span } from '../../time/span';
import { SavedMenu } from '../saved/menu';
import type { QueryAddress } from './address';
import { AnswerTable } from './answer';
import type { EditorHandle } from './editor';
import { Words } from './words';

const Editor = lazy(() => import('./editor'));

const t = text.query;

export function Query() {
  const address = useSearch({ from: '/shell/query' });
  const navigate = useNavigate({ from: '/query' });
  const language = useQuery(languageQuery);
  // A draft is of the query in the address, and gives way to another one there.
  const [draft, setDraft] = useState<{ of: string | undefined; sql: string }>();
  const editor = useRef<EditorHandle>(null);
  const abort = useRef<AbortController>(undefined);
  const wide = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false });
  const clock = useClock();
  const sql = (draft && draft.of === address.sql ? draft.sql : address.sql) ?? t.example;
  const span: Span = hasSpan(address) ? address : lastSpan(day, clock.now());
  const change = (part: Partial<QueryAddress>) => navigate({ search: (now) => ({ ...now, ...part }), replace: true });
  const body: Schemas['QueryRequest'] = {
    sql,
    from: span.from,
    to: span.to,
    limit: 10_000,
    format: 'json',
    ...(address.tenant ? { tenants: address.tenant } : {}),
  };
  const ask = useMutation({
    mutationFn: () => {
      abort.current = new AbortController();
      return take(api.POST('/api/v1/query', { body, signal: abort.current.signal }));
    },
  });
  const run = () => {
    if (ask.isPending || sql.trim() === '') return;
    void change({ sql });
    ask.mutate();
  };
  const cancelled = ask.error instanceof DOMException && ask.error.name === 'AbortError';
  const answer = ask.data as Schemas['QueryAnswer'] | undefined;
  return (
    <Page
      title={t.title}
      actions={
        <>
          <TenantPicker value={address.tenant} onChange={(tenant) => change({ tenant })} />
          <SpanPicker span={span} onChange={change} />
        </>
      }
    >
      <div style={{ display: 'grid', gridTemplateColumns: wide ? '220px minmax(0, 1fr)' : 'minmax(0, 1fr)', gap: 12 }}>
        {wide && <Words language={language.data} insert={(what) => editor.current?.insert(what)} />}
        <div style={{ minWidth: 0, display: 'flex', flexDirection: 'column', gap: 12 }}>
          <Suspense fallback={<Loading />}>
            <Editor
              ref={editor}
              value={sql}
              language={language.data}
              onChange={(written) => setDraft({ of: address.sql, sql: written })}
              run={run}
            />
          </Suspense>
          <Group gap="sm">
            <Button onClick={run} loading={ask.isPending}>
              {t.run}
            </Button>
            {ask.isPending && (
              <Button variant="default" onClick={() => abort.current?.abort()}>
                {t.cancel}
              </Button>
            )}
            <CopyMenu
              forms={[
                { label: t.copy.link, value: () => window.location.href },
                { label: t.copy.sql, value: () => sql },
                { label: t.copy.cli, value: () => queryCommand(sql, address.tenant, span) },
                { label: t.copy.curl, value: () => curl('POST', '/api/v1/query', body) },
                ...(answer ? [{ label: t.copy.json, value: () => JSON.stringify(answer, null, 2) }] : []),
              ]}
            />
            <DownloadMenu
              label={text.download.label}
              asked={{ sql, from: span.from, to: span.to, ...(address.tenant ? { tenants: address.tenant } : {}) }}
            />
            <SavedMenu
              asked={{ kind: 'sql', query: sql, ...(address.tenant ? { tenants: address.tenant } : {}) }}
              span={span}
            />
            <Text size="xs" c="dimmed">
              {t.runHint}{' '}
              {language.data && t.limits(language.data.limits.seconds, Math.min(10_000, language.data.limits.rows))}
            </Text>
          </Group>
          {cancelled && <Empty title={t.cancelled} />}
          {ask.error && !cancelled && <Failure error={ask.error} retry={run} />}
          {ask.isIdle && <Empty title={t.start}>{t.startText}</Empty>}
          {answer && (
            <>
              <Text size="sm" c="dimmed" role="status">
                {t.stats(
                  answer.rows.length,
                  answer.stats.elapsed_ms,
                  answer.stats.segments,
                  answer.stats.segments_total,
                )}
              </Text>
              {answer.truncated && (
                <Alert color="yellow" variant="outline" role="status">
                  {t.truncated}
                </Alert>
              )}
              {answer.rows.length === 0 ? <Empty title={t.empty} /> : <AnswerTable answer={answer} />}
            </>
          )}
        </div>
      </div>
    </Page>
  );
}
