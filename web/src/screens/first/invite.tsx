import { Button, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, take } from '../../api/client';
import { Failure, Loading } from '../../parts/state';
import { usePasskeySite } from '../../session/passkeysite';
import { SignInElsewhere } from '../../session/providers';
import { text } from '../../text';
import { enrolByPasskey } from './bypasskey';
import { Enrol } from './enrol';
import { useFragment } from './fragment';
import { Frame } from './frame';
import { Kept } from './kept';
import { NewPassword, passwordFits } from './password';
import { useResumed } from './resume';
import { ChooseWay, type Way, wayOf } from './way';

export function Invite() {
  const fragment = useFragment();
  const navigate = useNavigate();
  const [token, setToken] = useState(fragment);
  const [chosen, setChosen] = useState<Way>();
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const accept = useMutation({
    mutationFn: () => take(api.POST('/api/v1/invites/accept', { body: { token: token.trim(), password } })),
  });
  const invited = useQuery({
    queryKey: ['invite', fragment],
    queryFn: () => take(api.POST('/api/v1/invites/look', { body: { token: fragment } })),
    enabled: fragment !== '',
    staleTime: Number.POSITIVE_INFINITY,
  });
  const passkey = useMutation({
    mutationFn: () =>
      enrolByPasskey(() => take(api.POST('/api/v1/invites/accept/passkey', { body: { token: token.trim() } }))),
    gcTime: 0, // the codes are not kept once they are put away
  });
  const way = wayOf(chosen, usePasskeySite().usable);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (way === 'passkey') passkey.mutate();
    else if (passwordFits(password, again)) accept.mutate();
  };
  const resumed = useResumed(fragment);
  const enrolment = accept.data ?? resumed.enrolment;
  if (enrolment) {
    return (
      <Frame title={text.session.inviteTitle}>
        <Enrol enrolment={enrolment} done={() => navigate({ to: '/' })} />
      </Frame>
    );
  }
  if (passkey.data) {
    return (
      <Frame title={text.session.inviteTitle}>
        <Kept {...passkey.data} lead={text.passkeys.recoveryText} done={() => navigate({ to: '/' })} />
      </Frame>
    );
  }
  if (resumed.asking) return <Loading />;
  return (
    <Frame
      title={invited.data?.reset ? text.session.resetTitle : text.session.inviteTitle}
      lead={text.session.inviteText}
    >
      {invited.data && <p>{text.session.inviteFor(invited.data.name, invited.data.by)}</p>}
      {invited.error && <Failure error={invited.error} />}
      {token && invited.data?.reset === false && <SignInElsewhere invite={token.trim()} />}
      <form onSubmit={submit}>
        <Stack gap="md">
          {!fragment && (
            <TextInput
              label={text.session.inviteToken}
              description={text.session.inviteTokenHint}
              value={token}
              onChange={(e) => setToken(e.currentTarget.value)}
              autoComplete="off"
              required
            />
          )}
          <ChooseWay value={way} onChange={setChosen} path={`/invite#${encodeURIComponent(token)}`} />
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
              {accept.error && <Failure error={accept.error} />}
              <Button type="submit" loading={accept.isPending} disabled={!passwordFits(password, again)}>
                {text.session.next}
              </Button>
            </>
          )}
        </Stack>
      </form>
    </Frame>
  );
}
