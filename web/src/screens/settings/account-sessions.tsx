import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';
import { Panel } from '../../parts/page';
import { Answer, Failure } from '../../parts/state';
import { Age } from '../../parts/time';
import { text } from '../../text';

const t = text.settings.account;

export const sessionsKey = ['sessions'];

// AccountSessions lists where the person is signed in, and ends all of it but
// what is in front of them.
export function AccountSessions() {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: sessionsKey,
    queryFn: ({ signal }) => take(api.GET('/api/v1/me/sessions', { signal })),
  });
  const end = useMutation({
    mutationFn: () => take(api.DELETE('/api/v1/me/sessions')),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionsKey }),
  });
  return (
    <Panel title={t.sessions}>
      <Stack gap="md">
        <Text>{t.sessionsText}</Text>
        <Answer of={query}>
          {({ items }) => (
            <>
              <Rows sessions={items} />
              {end.error && <Failure error={end.error} />}
              <Group>
                <Button
                  variant="default"
                  loading={end.isPending}
                  disabled={items.every((s) => s.current)}
                  onClick={() => end.mutate()}
                >
                  {t.sessionsEnd}
                </Button>
                <Text size="sm" c="dimmed" role="status">
                  {items.every((s) => s.current) ? (end.isSuccess ? t.sessionsEnded : t.sessionsOnly) : ''}
                </Text>
              </Group>
            </>
          )}
        </Answer>
      </Stack>
    </Panel>
  );
}

function Rows({ sessions }: { sessions: Schemas['Session'][] }) {
  return (
    <Table.ScrollContainer minWidth={420} type="native" role="group" aria-label={t.sessions}>
      <Table aria-label={t.sessions}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.sessionFrom}</Table.Th>
            <Table.Th>{t.sessionSince}</Table.Th>
            <Table.Th>{t.sessionSeen}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sessions.map((s) => (
            <Table.Tr key={s.id}>
              <Table.Th scope="row">
                {s.address ?? text.time.unknown} {s.current && <span className="nj-dim">({t.sessionCurrent})</span>}
              </Table.Th>
              <Table.Td>
                <Age value={s.created} wall />
              </Table.Td>
              <Table.Td>
                <Age value={s.seen} wall />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
