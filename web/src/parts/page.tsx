import { Group, Stack, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { text } from '../text';

// Page is the frame of a screen: its title, in the tab too, and what can be
// done with all of it.
export function Page({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = text.shell.tab(title);
  }, [title]);
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="sm">
        <Title order={1}>{title}</Title>
        {actions && <Group gap="sm">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

export function Panel({
  title,
  actions,
  children,
  label,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  label?: string;
}) {
  return (
    <section className="nj-panel" aria-label={label ?? (typeof title === 'string' ? title : undefined)}>
      {(title || actions) && (
        <Group justify="space-between" mb="sm" gap="sm">
          <Title order={2}>{title}</Title>
          {actions && <Group gap="sm">{actions}</Group>}
        </Group>
      )}
      {children}
    </section>
  );
}
