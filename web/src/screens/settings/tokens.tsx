import { Button, Checkbox, Group, Modal, NativeSelect, Stack, Table, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Copy } from '../../parts/copy';
import { Icon } from '../../parts/icon';
import { Severity } from '../../parts/severity';
import { Answer, Empty, Failure } from '../../parts/state';
import { Age } from '../../parts/time';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';
import { iso } from '../../time/format';
import { day } from '../../time/span';
import { GrantEditor, useSayGrant } from './grants';

const t = text.settings.tokens;

const tokensKey = ['tokens'];

export function Tokens() {
  const [opened, dialog] = useDisclosure(false);
  const query = useQuery({ queryKey: tokensKey, queryFn: ({ signal }) => take(api.GET('/api/v1/tokens', { signal })) });
  const create = (
    <Button onClick={dialog.open} leftSection={<Icon name="plus" />}>
      {t.create}
    </Button>
  );
  return (
    <Stack gap="md">
      <Text>{t.text}</Text>
      <Answer of={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t.none} action={create}>
              {t.noneText}
            </Empty>
          ) : (
            <>
              <Group>{create}</Group>
              <Rows tokens={items} />
            </>
          )
        }
      </Answer>
      <Modal
        opened={opened}
        onClose={dialog.close}
        title={t.create}
        size="lg"
        closeButtonProps={{ 'aria-label': text.action.close }}
      >
        <Create close={dialog.close} />
      </Modal>
    </Stack>
  );
}

function Rows({ tokens }: { tokens: Schemas['Token'][] }) {
  const say = useSayGrant();
  const now = Date.now(); // tokens end by the wall's clock
  const guarded = useGuarded();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: string) => guarded(() => take(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } }))),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensKey }),
  });
  return (
    <>
      {revoke.error && <Failure error={revoke.error} />}
      <Table.ScrollContainer minWidth={760} type="native" role="group" aria-label={text.settings.pages.tokens}>
        <Table aria-label={text.settings.pages.tokens}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.name}</Table.Th>
              <Table.Th>{t.state}</Table.Th>
              <Table.Th>{t.scopes}</Table.Th>
              <Table.Th>{text.settings.grants}</Table.Th>
              <Table.Th>{t.expires}</Table.Th>
              <Table.Th>{t.used}</Table.Th>
              <Table.Th aria-label={text.action.more} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tokens.map((k) => {
              const ended = Date.parse(k.expires) <= now;
              return (
                <Table.Tr key={k.id}>
                  <Table.Th scope="row">
                    {k.name}
                    <br />
                    <span className="nj-dim">{k.owner}</span>
                  </Table.Th>
                  <Table.Td>
                    <Severity tone={k.revoked || ended ? 'idle' : 'ok'}>
                      {k.revoked ? t.revoked : ended ? t.expired : t.active}
                    </Severity>
                  </Table.Td>
                  <Table.Td>
                    {k.scopes.map((s) => (
                      <div key={s} className="nj-mono" title={text.settings.permission[s]}>
                        {s}
                      </div>
                    ))}
                  </Table.Td>
                  <Table.Td>
                    {k.grants.map((g) => (
                      <div key={`${g.role} ${g.tenant ?? ''}`}>{say(g)}</div>
                    ))}
                  </Table.Td>
                  <Table.Td>
                    <Age value={k.expires} wall />
                  </Table.Td>
                  <Table.Td>
                    <Age value={k.last_used} wall />
                  </Table.Td>
                  <Table.Td>
                    {!k.revoked && !ended && (
                      <Button
                        size="compact-sm"
                        variant="default"
                        aria-label={t.revokeOf(k.name)}
                        onClick={() => revoke.mutate(k.id)}
                      >
                        {t.revoke}
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}

const lives = [7, 30, 90, 180, 365];

function Create({ close }: { close: () => void }) {
  const { me } = useMe();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(['status.read', 'event.read']);
  const [grants, setGrants] = useState<Schemas['Grant'][]>(me.grants);
  const [days, setDays] = useState(90);
  const guarded = useGuarded();
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      guarded(() =>
        take(
          api.POST('/api/v1/tokens', {
            body: {
              name: name.trim(),
              scopes: scopes as Schemas['Permission'][],
              grants,
              expires: iso(Math.floor((Date.now() + days * day) / 1000) * 1000),
            },
          }),
        ),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensKey }),
  });
  if (create.data) {
    return (
      <Stack gap="md">
        <Text fw={600}>{t.madeTitle}</Text>
        <Copy value={create.data.token} label={create.data.info.name} />
        <Text>{t.madeText}</Text>
        <Button onClick={close}>{text.action.close}</Button>
      </Stack>
    );
  }
  const submit = (e: FormEvent) => {
    e.preventDefault();
    create.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={t.name}
          description={t.nameHint}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          required
          data-autofocus
        />
        <Checkbox.Group label={t.scopes} value={scopes} onChange={setScopes}>
          <Stack gap="xs" mt="xs">
            {me.may.map(({ permission }) => (
              <Checkbox
                key={permission}
                value={permission}
                label={text.settings.permission[permission]}
                description={permission}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <GrantEditor value={grants} onChange={setGrants} />
        <NativeSelect
          label={t.expires}
          value={String(days)}
          onChange={(e) => setDays(Number(e.currentTarget.value))}
          data={lives.map((n) => ({ value: String(n), label: t.days(n) }))}
        />
        {create.error && <Failure error={create.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {text.action.cancel}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={scopes.length === 0 || grants.length === 0}>
            {t.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
