import { Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { text } from '../../text';

// Frame is the page around what is shown before anybody is signed in.
export function Frame({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  useEffect(() => {
    document.title = text.shell.tab(title);
  }, [title]);
  return (
    <main style={{ maxWidth: 440, margin: '0 auto', padding: '8vh 16px 32px' }}>
      <Stack gap="lg">
        <img src="/nightjar.svg" alt="" width={44} height={44} />
        <div>
          <Title order={1}>{title}</Title>
          {lead && <Text c="dimmed">{lead}</Text>}
        </div>
        {children}
      </Stack>
    </main>
  );
}
