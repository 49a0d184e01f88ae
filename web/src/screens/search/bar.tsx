import { Button, Group, NativeSelect, Pill, Popover, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { Icon } from '../../parts/icon';
import { SpanPicker } from '../../parts/spanpicker';
import { TenantPicker } from '../../parts/tenantpicker';
import { text } from '../../text';
import type { Span } from '../../time/span';
import { type Filter, operators, readFilter, type SearchAddress, tables, withFilter, withoutFilter } from './address';
import { useTyped } from './typed';

const t = text.search;

type Props = {
  address: SearchAddress & Span;
  change: (part: Partial<SearchAddress>) => void;
  typed: (words: string | undefined) => void;
  running: boolean;
  stop: () => void;
};

export function SearchBar({ address, change, typed, running, stop }: Props) {
  return (
    <Stack gap="sm">
      <Group gap="sm" align="flex-end">
        <Words
          value={address.q ?? ''}
          change={(q) => change({ q: q || undefined })}
          typed={(q) => typed(q || undefined)}
        />
        {running ? (
          <Button variant="default" onClick={stop} aria-label={t.stop}>
            {text.action.cancel}
          </Button>
        ) : null}
        <NativeSelect
          aria-label={t.table}
          value={address.table ?? 'management'}
          onChange={(e) => {
            const table = e.currentTarget.value as (typeof tables)[number];
            change({ table: table === 'management' ? undefined : table });
          }}
          data={tables.map((value) => ({ value, label: t.tableName[value] }))}
        />
        <TenantPicker value={address.tenant} onChange={(tenant) => change({ tenant })} />
        <SpanPicker span={address} onChange={change} />
      </Group>
      <Filters all={address.f} change={(f) => change({ f })} />
    </Stack>
  );
}

type Typed = { value: string; change: (words: string) => void; typed: (words: string) => void };

function Words({ value, change, typed }: Typed) {
  const [words, setWords] = useTyped(value, typed);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    change(words.trim());
  };
  return (
    <search style={{ flex: '1 1 260px' }}>
      <form onSubmit={submit} style={{ display: 'flex', gap: 8 }}>
        <TextInput
          data-search-field
          aria-label={t.words}
          placeholder={t.wordsHint}
          leftSection={<Icon name="search" size={14} />}
          value={words}
          onChange={(e) => setWords(e.currentTarget.value)}
          style={{ flex: 1 }}
          spellCheck={false}
        />
        <Button type="submit">{t.go}</Button>
      </form>
    </search>
  );
}

function Filters({ all, change }: { all: string[] | undefined; change: (f: string[] | undefined) => void }) {
  return (
    <Group gap={6} role="group" aria-label={t.filters}>
      {(all ?? []).map((written) => {
        const f = readFilter(written);
        if (!f) return null;
        const said = sayFilter(f);
        return (
          <Pill
            key={written}
            withRemoveButton
            size="md"
            onRemove={() => change(withoutFilter(all, written))}
            removeButtonProps={{ 'aria-label': t.removeFilter(said), tabIndex: 0, 'aria-hidden': undefined }}
          >
            {said}
          </Pill>
        );
      })}
      <AddFilter add={(f) => change(withFilter(all, f))} />
      {all && all.length > 1 && (
        <Button variant="subtle" size="compact-sm" onClick={() => change(undefined)}>
          {t.clearFilters}
        </Button>
      )}
    </Group>
  );
}

export function sayFilter(f: Filter): string {
  const name = t.field[f.field] ?? f.field;
  const value = f.value === undefined ? '' : ` ${f.value === '' ? t.empty : f.value}`;
  return `${name} ${t.operator[f.op]}${value}`;
}

function AddFilter({ add }: { add: (f: Filter) => void }) {
  const [opened, popover] = useDisclosure(false);
  const [field, setField] = useState('user_id');
  const [op, setOp] = useState<Filter['op']>('is');
  const [value, setValue] = useState('');
  const bare = op === 'exists' || op === 'absent';
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const written = bare ? `${field}:${op}` : `${field}:${op}:${value}`;
    const filter = readFilter(written);
    if (!filter) return;
    add(filter);
    setValue('');
    popover.close();
  };
  return (
    <Popover opened={opened} onChange={popover.toggle} trapFocus shadow="md" width={300}>
      <Popover.Target>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<Icon name="plus" size={12} />}
          onClick={popover.toggle}
        >
          {t.addFilter}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form onSubmit={submit}>
          <Stack gap="sm">
            <TextInput
              label={t.fieldName}
              description={t.fieldHint}
              list="nj-fields"
              value={field}
              onChange={(e) => setField(e.currentTarget.value)}
              pattern="[a-z][a-z0-9_]*|\$\.[^'*:]+"
              spellCheck={false}
              required
            />
            <datalist id="nj-fields">
              {Object.keys(t.field).map((f) => (
                <option key={f} value={f} />
              ))}
            </datalist>
            <NativeSelect
              label={t.operatorName}
              value={op}
              onChange={(e) => setOp(e.currentTarget.value as Filter['op'])}
              data={operators.map((o) => ({ value: o, label: t.operator[o] }))}
            />
            {!bare && (
              <TextInput
                label={t.value}
                value={value}
                onChange={(e) => setValue(e.currentTarget.value)}
                spellCheck={false}
              />
            )}
            <Button type="submit">{t.addFilter}</Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
