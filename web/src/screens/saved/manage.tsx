import { Button, Group, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { CopyIcon } from '../../parts/copy';
import { Answer, Empty, Failure } from '../../parts/state';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { inputOf, type Saved } from './address';
import { savedQuery, useSaved } from './query';

const t = text.saved;

type Open = { open: (s: Saved) => void; close: () => void };

// ManageDialog lists all that is saved: to open, rename, share and remove.
export function ManageDialog({ open, close }: Open) {
  const list = useQuery(savedQuery);
  return (
    <Modal opened onClose={close} title={t.title} size="xl" closeButtonProps={{ 'aria-label': text.action.close }}>
      <Answer of={list}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t.none}>{t.noneText}</Empty>
          ) : (
            <Table aria-label={t.title}>
              <Table.Tbody>
                {items.map((s) => (
                  <Line key={s.id} saved={s} open={open} close={close} />
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Answer>
    </Modal>
  );
}

function Line({ saved, open, close }: Open & { saved: Saved }) {
  const [renaming, setRenaming] = useState<string>();
  const { may } = useMe();
  const { change, remove } = useSaved();
  const error = change.error ?? remove.error;
  const rename = (e: FormEvent) => {
    e.preventDefault();
    change.mutate(
      { id: saved.id, body: { ...inputOf(saved), name: (renaming ?? '').trim() } },
      { onSuccess: () => setRenaming(undefined) },
    );
  };
  const mayShare = may('dashboard.manage', 'all') || saved.shared;
  return (
    <Table.Tr>
      <Table.Td>
        <Stack gap={2}>
          {renaming === undefined ? (
            <button
              type="button"
              className="nj-plain"
              aria-label={t.open(saved.name)}
              onClick={() => {
                close();
                open(saved);
              }}
            >
              <strong>{saved.name}</strong>
            </button>
          ) : (
            <form onSubmit={rename}>
              <Group gap={6} wrap="nowrap">
                <TextInput
                  aria-label={t.newName}
                  value={renaming}
                  maxLength={120}
                  onChange={(e) => setRenaming(e.currentTarget.value)}
                  required
                />
                <Button type="submit" loading={change.isPending}>
                  {text.action.save}
                </Button>
              </Group>
            </form>
          )}
          <Text size="xs">
            {t.kind[saved.kind]} · {saved.shared ? t.shared : t.mine} {saved.mine ? '' : t.of(saved.owner)}
          </Text>
          {error && <Failure error={error} />}
        </Stack>
      </Table.Td>
      <Table.Td>
        <Group gap={6} justify="flex-end">
          <CopyIcon value={`${window.location.origin}/saved/${saved.id}`} label={t.copyLink(saved.name)} />
          {saved.may_change && (
            <>
              <Button
                size="compact-sm"
                variant="default"
                aria-label={t.rename(saved.name)}
                onClick={() => setRenaming(renaming === undefined ? saved.name : undefined)}
              >
                {t.rename('').trim()}
              </Button>
              {mayShare && (
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={saved.shared ? t.doUnshare(saved.name) : t.doShare(saved.name)}
                  loading={change.isPending}
                  onClick={() => change.mutate({ id: saved.id, body: { ...inputOf(saved), shared: !saved.shared } })}
                >
                  {(saved.shared ? t.doUnshare : t.doShare)('').trim()}
                </Button>
              )}
              <Button
                size="compact-sm"
                variant="default"
                aria-label={t.remove(saved.name)}
                loading={remove.isPending}
                onClick={() => remove.mutate(saved.id)}
              >
                {t.remove('').trim()}
              </Button>
            </>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
