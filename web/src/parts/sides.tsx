import { Tabs } from '@mantine/core';

type Props<Name extends string> = {
  label: string;
  names: readonly Name[];
  titles: Record<Name, string>;
  // shown is the one in the address; none is the first.
  shown: Name | undefined;
  show: (name: Name | undefined) => unknown;
  children: (name: Name) => React.ReactNode;
};

// Sides are tabs whose choice is kept in the address, the first as none.
export function Sides<Name extends string>({ label, names, titles, shown, show, children }: Props<Name>) {
  return (
    <Tabs
      value={shown ?? names[0]}
      onChange={(next) => show(next === names[0] ? undefined : (next as Name))}
      keepMounted={false}
    >
      <Tabs.List aria-label={label}>
        {names.map((name) => (
          <Tabs.Tab key={name} value={name}>
            {titles[name]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {names.map((name) => (
        <Tabs.Panel key={name} value={name} pt="md">
          {children(name)}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
