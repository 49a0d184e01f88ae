import { Text } from '@mantine/core';

// Fact is a value under its name.
export function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <div>{children}</div>
    </div>
  );
}
