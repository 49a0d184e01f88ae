import { Button, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, take } from '../../api/client';
import { Failure, Loading } from '../../parts/state';
import { usePasskeySite } from '../../session/passkeysite';
import { text } from '../../text';
import { enrolByPasskey } from './bypasskey';
import { Enrol } from './enrol';
import { useFragment } from './fragment';
import { Frame } from './frame';
import { Kept } from './kept';
import { NewPassword, passwordFits } from './password';
import { useResumed } from './resume';
import { ChooseWay, type Way, wayOf } from './way';

export function Setup() {
  const fragment = useFragment();
  const navigate = useNavigate();
  const [token, setToken] = useState(fragment);
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<Way>();
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const begin = useMutation({
    mutationFn: () => take(api.POST('/api/v1/setup', { body: { token: token.trim(), name: name.trim(), password } })),
  });
  const passkey = useMutation({
    mutationFn: () =>
      enrolByPasskey(() =>
        take(api.POST('/api/v1/setup/passkey', { body: { token: token.trim(), name: name.trim() } })),
      ),
    gcTime: 0, // the codes are not kept once they are put away
  });
  const way = wayOf(chosen, usePasskeySite().usable);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (way === 'passkey') passkey.mutate();
    else if (passwordFits(password, again)) begin.mutate();
  };
  const resumed = useResumed(fragment);
  const enrolment = begin.data ?? resumed.enrolment;
  if (enrolment) {
    return (
      <Frame title={text.session.setupTitle}>
        <Enrol enrolment={enrolment} done={() => navigate({ to: '/' })} />
      </Frame>
    );
  }
  if (passkey.data) {
    return (
      <Frame title={text.session.setupTitle}>
        <Kept {...passkey.data} lead={text.passkeys.recoveryText} done={() => navigate({ to: '/' })} />
      </Frame>
    );
  }
  if (resumed.asking) return <Loading />;
  return (
    <Frame title={text.session.setupTitle} lead={text.session.setupText}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {!fragment && (
            <TextInput
              label={text.session.setupToken}
              description={text.session.setupTokenHint}
              value={token}
              onChange={(e) => setToken(e.currentTarget.value)}
              autoComplete="off"
              autoFocus
              required
            />
          )}
          <TextInput
            label={text.session.name}
            description={text.session.nameHint}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            autoComplete="username"
            required
          />
          <ChooseWay value={way} onChange={setChosen} path={`/setup#${encodeURIComponent(token)}`} />
          {way === 'passkey' ? (
            <>
              {passkey.error && <Failure error={passkey.error} />}
              <Button type="submit" loading={passkey.isPending}>
                {text.passkeys.make}
              </Button>
            </>
          ) : (
            <>
              <NewPassword value={password} again={again} onValue={setPassword} onAgain={setAgain} />
              {begin.error && <Failure error={begin.error} />}
              <Button type="submit" loading={begin.isPending} disabled={!passwordFits(password, again)}>
                {text.session.next}
              </Button>
            </>
          )}
        </Stack>
      </form>
    </Frame>
  );
}
