import { ActionIcon, Button, Group, Menu, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { text } from '../text';
import { Icon } from './icon';

// write puts text on the clipboard. Over plain HTTP on another host browsers
// withhold the clipboard; then a selection and the old command do it.
export async function write(value: string): Promise<void> {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(value);
    return;
  }
  const area = document.createElement('textarea');
  area.value = value;
  area.setAttribute('readonly', '');
  area.className = 'nj-hidden';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

function useCopied(): [boolean, (value: string) => void] {
  const [copied, set] = useState(false);
  const copy = (value: string) => {
    void write(value).then(() => {
      set(true);
      setTimeout(() => set(false), 1500);
    });
  };
  return [copied, copy];
}

// CopyIcon copies what stands beside it.
export function CopyIcon({ value, label }: { value: string; label: string }) {
  const [copied, copy] = useCopied();
  return (
    <Tooltip label={copied ? text.action.copied : text.action.copyThis(label)}>
      <ActionIcon
        size={24}
        variant="subtle"
        color="gray"
        aria-label={text.action.copyThis(label)}
        onClick={(e) => {
          e.stopPropagation();
          copy(value);
        }}
      >
        <Icon name={copied ? 'check' : 'copy'} size={14} />
      </ActionIcon>
    </Tooltip>
  );
}

// Copy shows a value with its copy button.
export function Copy({ value, label, children }: { value: string; label?: string; children?: React.ReactNode }) {
  return (
    <Group gap={4} wrap="nowrap" component="span" display="inline-flex" miw={0}>
      <span className="nj-mono">{children ?? value}</span>
      <CopyIcon value={value} label={label ?? value} />
    </Group>
  );
}

export function CopyButton({ value, label }: { value: string; label: string }) {
  const [copied, copy] = useCopied();
  return (
    <Button
      variant="default"
      leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
      onClick={() => copy(value)}
    >
      {copied ? text.action.copied : label}
    </Button>
  );
}

export type Form = { label: string; value: () => string };

// CopyMenu offers one thing in several forms: as JSON, query, command, curl.
export function CopyMenu({ forms, label }: { forms: Form[]; label?: string }) {
  const [copied, copy] = useCopied();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}>
          {copied ? text.action.copied : (label ?? text.action.copyAs)}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {forms.map((form) => (
          <Menu.Item key={form.label} onClick={() => copy(form.value())}>
            {form.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
