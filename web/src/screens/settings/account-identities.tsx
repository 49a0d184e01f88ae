import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';
import { meQuery } from '../../api/queries';
import { Panel } from '../../parts/page';
import { Answer, Failure } from '../../parts/state';
import { Age } from '../../parts/time';
import { identitiesQuery, Lead, providersQuery } from '../../session/providers';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';

const t = text.sso.account;

// AccountIdentities lists the accounts at providers with which the person
// signs in, links others and unlinks them. Where there are no providers it is
// not shown.
export function AccountIdentities() {
  const { data: providers } = useQuery(providersQuery);
  const query = useQuery(identitiesQuery);
  const guarded = useGuarded();
  const mapped = query.data?.items.some((i) => i.mapped);
  if (!providers?.items.length && !query.data?.items.length) return null;
  return (
    <Panel title={t.title}>
      <Stack gap="md">
        <Text>{t.text}</Text>
        <Answer of={query}>
          {({ items }) => (items.length === 0 ? <Text c="dimmed">{t.none}</Text> : <Rows identities={items} />)}
        </Answer>
        {!mapped && (
          <Group>
            {providers?.items.map((p) => (
              <Lead
                key={p.id}
                label={t.link(p.name)}
                begin={() => guarded(() => take(api.POST('/api/v1/me/identities', { body: { provider: p.id } })))}
              />
            ))}
          </Group>
        )}
      </Stack>
    </Panel>
  );
}

function Rows({ identities }: { identities: Schemas['LinkedIdentity'][] }) {
  const client = useQueryClient();
  const guarded = useGuarded();
  const { data: providers } = useQuery(providersQuery);
  const unlink = useMutation({
    mutationFn: (id: string) =>
      guarded(() => take(api.DELETE('/api/v1/me/identities/{id}', { params: { path: { id } } }))),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: identitiesQuery.queryKey }),
        client.invalidateQueries({ queryKey: meQuery.queryKey }),
      ]),
  });
  const name = (id: string) => providers?.items.find((p) => p.id === id)?.name ?? id;
  return (
    <>
      <Table.ScrollContainer minWidth={420} type="native" role="group" aria-label={t.title}>
        <Table aria-label={t.title}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.account}</Table.Th>
              <Table.Th>{t.since}</Table.Th>
              <Table.Th>{t.used}</Table.Th>
              <Table.Td />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {identities.map((i) => (
              <Table.Tr key={i.id}>
                <Table.Th scope="row">
                  {i.account || i.subject}{' '}
                  <span className="nj-dim">
                    ({name(i.provider)}
                    {i.mapped && `, ${t.mapped}`})
                  </span>
                </Table.Th>
                <Table.Td>
                  <Age value={i.created} wall />
                </Table.Td>
                <Table.Td>{i.used ? <Age value={i.used} wall /> : t.never}</Table.Td>
                <Table.Td>
                  {!i.mapped && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={t.unlinkOf(i.account || i.subject)}
                      loading={unlink.isPending && unlink.variables === i.id}
                      onClick={() => unlink.mutate(i.id)}
                    >
                      {t.unlink}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {unlink.error && <Failure error={unlink.error} />}
    </>
  );
}
