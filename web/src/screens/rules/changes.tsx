import { Button, FileButton, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { CopyButton } from '../../parts/copy';
import { save } from '../../parts/file';
import { Icon } from '../../parts/icon';
import { Panel } from '../../parts/page';
import { Failure } from '../../parts/state';
import { rules } from '../../text/rules';
import { Import } from './import';
import { useWhere } from './tenants';

const t = rules.file;

// Chosen is a file that somebody wants to import, and what that would do.
export type Chosen = { name: string; document: string; plan: Schemas['RuleImport'] };

// ChangesFile hands out what was changed here as a file, and takes one.
export function ChangesFile() {
  const mayImport = useWhere().length > 0;
  const [chosen, setChosen] = useState<Chosen>();
  // The same file can be chosen again, once it was mended.
  const forget = useRef<() => void>(null);
  const download = useMutation({
    mutationFn: () => take(api.GET('/api/v1/rule-changes/file', { parseAs: 'text' })),
    onSuccess: (text) => save('rule-changes.yml', 'application/yaml', text),
  });
  const look = useMutation({
    mutationFn: async (file: File) => {
      const document = await file.text();
      const plan = await take(api.POST('/api/v1/rule-changes', { body: { document, dry_run: true } }));
      return { name: file.name, document, plan };
    },
    onSuccess: setChosen,
  });
  return (
    <Panel title={t.title}>
      <Stack gap="sm">
        <Text size="sm">{mayImport ? t.text : t.textLook}</Text>
        <Group gap="sm">
          <Button
            variant="default"
            leftSection={<Icon name="download" size={14} />}
            loading={download.isPending}
            onClick={() => download.mutate()}
          >
            {t.download}
          </Button>
          {mayImport && (
            <FileButton
              accept=".yml,.yaml,.json"
              resetRef={forget}
              onChange={(file) => {
                if (!file) return;
                look.mutate(file);
                forget.current?.();
              }}
              inputProps={{ 'aria-label': t.upload }}
            >
              {(props) => (
                <Button variant="default" loading={look.isPending} {...props}>
                  {t.upload}
                </Button>
              )}
            </FileButton>
          )}
          <CopyButton value="nightjar rule export > changes.yml" label={t.command} />
        </Group>
        {(download.error ?? look.error) && <Failure error={download.error ?? look.error} />}
      </Stack>
      {chosen && <Import chosen={chosen} close={() => setChosen(undefined)} />}
    </Panel>
  );
}
