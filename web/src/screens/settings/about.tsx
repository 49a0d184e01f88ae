import { List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { healthQuery, settingsQuery } from '../../api/queries';
import { Copy } from '../../parts/copy';
import { Panel } from '../../parts/page';
import { Answer } from '../../parts/state';
import { useMe } from '../../session/me';
import { text } from '../../text';

const t = text.settings.about;

export function About() {
  const query = useQuery(healthQuery);
  const { may } = useMe();
  const settings = useQuery({ ...settingsQuery, enabled: may('settings.manage', 'all') });
  const places = settings.data?.geo.flatMap((g) => (g.attribution ? [g.attribution] : [])) ?? [];
  return (
    <Stack gap="md" maw={720}>
      <Panel title={text.shell.name}>
        <Stack gap="sm">
          <Text>{t.text}</Text>
          <Answer of={query}>
            {({ build }) => (
              <>
                <Text>
                  {t.version} <Copy value={build.version} label={t.version} />
                </Text>
                <Text>
                  {t.revision} <Copy value={build.revision} label={t.revision} />
                </Text>
                <Text>
                  {t.go} <span className="nj-mono">{build.go}</span>
                </Text>
              </>
            )}
          </Answer>
          <Text>{t.licence}</Text>
        </Stack>
      </Panel>
      <Panel title={t.api}>
        <Text>{t.apiText}</Text>
      </Panel>
      <Panel title={t.attributions}>
        <List>
          {t.list.map((line) => (
            <List.Item key={line}>{line}</List.Item>
          ))}
        </List>
      </Panel>
      {places.length > 0 && (
        <Panel title={t.places}>
          <List>
            {places.map((line) => (
              <List.Item key={line}>{line}</List.Item>
            ))}
          </List>
        </Panel>
      )}
    </Stack>
  );
}
