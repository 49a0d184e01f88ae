import { Button, Group, Menu, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { api, type Schemas, take } from '../api/client';
import { ApiError } from '../api/error';
import { useMe } from '../session/me';
import { useGuarded } from '../session/stepup';
import { text } from '../text';
import { Icon } from './icon';
import { progress } from './progress';

const t = text.download;

type Asked = Omit<Schemas['ExportInput'], 'format'>;
type Format = Schemas['ExportInput']['format'];

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

// DownloadMenu sends the browser to a file that the server writes as it reads:
// nothing of it is held in the page. Meanwhile it shows how far that is.
export function DownloadMenu({ asked, label }: { asked: Asked; label: string }) {
  const { may } = useMe();
  const guarded = useGuarded();
  const run = useMutation({
    mutationFn: (format: Format) => guarded(() => take(api.POST('/api/v1/exports', { body: { ...asked, format } }))),
    onSuccess: (file) => {
      const link = document.createElement('a');
      link.href = file.url;
      link.download = file.name;
      link.click();
      void follow(file);
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
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(['ndjson', 'csv', 'parquet'] as const).map((format) => (
          <Menu.Item key={format} onClick={() => run.mutate(format)}>
            {t[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

// follow shows the progress of a download until it is over.
async function follow(file: Schemas['Export']): Promise<void> {
  const path = { params: { path: { id: file.id } } };
  const shown = (now: Schemas['Export']) => ({
    id: file.id,
    autoClose: false as const,
    withCloseButton: false,
    title: file.name,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{now.state === 'waiting' ? t.begun : t.running(now.rows)}</Text>
        <Button size="compact-xs" variant="default" onClick={() => void api.DELETE('/api/v1/exports/{id}', path)}>
          {t.cancel}
        </Button>
      </Group>
    ),
  });
  notifications.show(shown(file));
  let now = file;
  const ask = () => take(api.GET('/api/v1/exports/{id}', path));
  for await (now of progress(file, ask, () => pause(700))) notifications.update(shown(now));
  notifications.update({
    id: file.id,
    title: file.name,
    withCloseButton: true,
    autoClose: now.state === 'complete' ? 6000 : 20_000,
    color: now.state === 'complete' ? 'green' : 'red',
    message: now.state === 'complete' ? t.complete(now.rows) : (now.error ?? t[now.state as 'cancelled' | 'failed']),
  });
}
