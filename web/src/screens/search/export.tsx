import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';
import { ApiError } from '../../api/error';
import { curl, queryCommand } from '../../parts/command';
import { CopyMenu } from '../../parts/copy';
import { save } from '../../parts/file';
import { Icon } from '../../parts/icon';
import { LinkButton } from '../../parts/linkbutton';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import type { Span } from '../../time/span';

const t = text.search;

type Asked = { asked: Schemas['SearchBase'] };

export function ExportMenu({ asked }: Asked) {
  const { may } = useMe();
  const guarded = useGuarded();
  const run = useMutation({
    mutationFn: (format: 'ndjson' | 'csv') =>
      guarded(() => take(api.POST('/api/v1/events/export', { body: { ...asked, format }, parseAs: 'blob' }))),
    onSuccess: (blob, format) => {
      const file = blob as unknown as Blob;
      const day = asked.from.slice(0, 10);
      save(`nightjar-${asked.table}-${day}.${format}`, format === 'csv' ? 'text/csv' : 'application/x-ndjson', file);
      notifications.show({ message: t.exported(sizeOf(file.size)) });
    },
    onError: (error) => {
      const e = ApiError.of(error);
      notifications.show({
        color: 'red',
        title: e.message,
        message: [e.hint, e.requestId].filter(Boolean).join(' · '),
      });
    },
  });
  if (!may('event.export')) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="download" size={14} />} loading={run.isPending}>
          {t.export}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => run.mutate('ndjson')}>{t.exportNdjson}</Menu.Item>
        <Menu.Item onClick={() => run.mutate('csv')}>{t.exportCsv}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

type Share = Asked & { sql: string | undefined; tenants: string[] | undefined; span: Span };

export function ShareMenu({ asked, sql, tenants, span }: Share) {
  return (
    <>
      <CopyMenu
        forms={[
          { label: t.copy.link, value: () => window.location.href },
          ...(sql
            ? [
                { label: t.copy.sql, value: () => sql },
                { label: t.copy.cli, value: () => queryCommand(sql, tenants, span) },
              ]
            : []),
          { label: t.copy.curl, value: () => curl('POST', '/api/v1/events/search', asked) },
        ]}
      />
      {sql && (
        <LinkButton variant="default" to="/query" search={{ sql, from: span.from, to: span.to, tenant: tenants }}>
          {t.toSql}
        </LinkButton>
      )}
    </>
  );
}
