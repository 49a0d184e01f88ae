import { Button, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { text } from '../../text';
import { useClock } from '../../time/clock';
import type { Span } from '../../time/span';
import { type Asked, opened, type Saved } from './address';
import { ManageDialog } from './manage';
import { savedQuery } from './query';
import { SaveDialog } from './save';

const t = text.saved;

// SavedMenu opens what was saved, and saves what is asked now.
export function SavedMenu({ asked, span }: { asked: Asked; span: Span }) {
  const [shown, menu] = useDisclosure(false);
  const [saving, save] = useDisclosure(false);
  const [managing, manage] = useDisclosure(false);
  const list = useQuery({ ...savedQuery, enabled: shown || managing });
  const navigate = useNavigate();
  const clock = useClock();
  const all = list.data?.items ?? [];
  const open = (s: Saved) => void navigate(opened(s, clock.now()));
  const group = (title: string, items: Saved[]) =>
    items.length > 0 && (
      <>
        <Menu.Label>{title}</Menu.Label>
        {items.map((s) => (
          <Menu.Item key={s.id} onClick={() => open(s)}>
            {s.name}
          </Menu.Item>
        ))}
      </>
    );
  return (
    <>
      <Menu position="bottom-end" opened={shown} onChange={(on) => (on ? menu.open() : menu.close())}>
        <Menu.Target>
          <Button variant="default">{t.menu}</Button>
        </Menu.Target>
        <Menu.Dropdown mah="60vh" className="nj-scroll">
          <Menu.Item onClick={save.open}>{t.save}</Menu.Item>
          {group(
            t.mine,
            all.filter((s) => s.mine),
          )}
          {group(
            t.shared,
            all.filter((s) => !s.mine),
          )}
          <Menu.Divider />
          <Menu.Item onClick={manage.open}>{t.manage}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {saving && <SaveDialog asked={asked} span={span} close={save.close} />}
      {managing && <ManageDialog close={manage.close} open={open} />}
    </>
  );
}
