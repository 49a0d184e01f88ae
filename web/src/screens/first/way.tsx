import { Button, Radio, Stack } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Failure } from '../../parts/state';
import { PasskeyTrouble, usePasskeySite } from '../../session/passkeysite';
import { text } from '../../text';
import { NewPassword, passwordFits } from './password';

type Way = 'passkey' | 'password';

const t = text.passkeys;

type Props = {
  path: string;
  byPassword: UseMutationResult<unknown, Error, string>; // of the password
  byPasskey: UseMutationResult<unknown, Error, void>;
  children: ReactNode; // who it is that comes
};

// WayForm lets a person who comes for the first time say how to sign in from
// now on. Where passkeys work they are proposed.
export function WayForm({ path, byPassword, byPasskey, children }: Props) {
  const { usable } = usePasskeySite();
  const [chosen, setChosen] = useState<Way>('passkey');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const way = usable ? chosen : 'password';
  const fits = passwordFits(password, again);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (way === 'passkey') byPasskey.mutate();
    else if (fits) byPassword.mutate(password);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {children}
        <ChooseWay value={way} onChange={setChosen} path={path} />
        {way === 'passkey' ? (
          <>
            {byPasskey.error && <Failure error={byPasskey.error} />}
            <Button type="submit" loading={byPasskey.isPending}>
              {t.make}
            </Button>
          </>
        ) : (
          <>
            <NewPassword value={password} again={again} onValue={setPassword} onAgain={setAgain} />
            {byPassword.error && <Failure error={byPassword.error} />}
            <Button type="submit" loading={byPassword.isPending} disabled={!fits}>
              {text.session.next}
            </Button>
          </>
        )}
      </Stack>
    </form>
  );
}

// ChooseWay asks for it. Path is that of the page, with the token behind #: the
// way to the same page where passkeys work.
function ChooseWay({ value, onChange, path }: { value: Way; onChange: (w: Way) => void; path: string }) {
  const site = usePasskeySite();
  return (
    <Radio.Group label={t.how} value={value} onChange={(v) => onChange(v as Way)}>
      <Stack gap="xs" mt="xs">
        <Radio
          value="passkey"
          label={t.byPasskey}
          description={site.usable ? t.byPasskeyText : undefined}
          disabled={!site.usable}
        />
        <PasskeyTrouble site={site} path={path} />
        <Radio value="password" label={t.byPassword} />
      </Stack>
    </Radio.Group>
  );
}
