import { TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, take } from '../../api/client';
import { Failure, Loading } from '../../parts/state';
import { SignInElsewhere } from '../../session/providers';
import { text } from '../../text';
import { enrolByPasskey } from './bypasskey';
import { Enrol } from './enrol';
import { useFragment } from './fragment';
import { Frame } from './frame';
import { Kept } from './kept';
import { useResumed } from './resume';
import { WayForm } from './way';

export function Invite() {
  const fragment = useFragment();
  const navigate = useNavigate();
  const [token, setToken] = useState(fragment);
  const accept = useMutation({
    mutationFn: (password: string) =>
      take(api.POST('/api/v1/invites/accept', { body: { token: token.trim(), password } })),
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
      <WayForm path={`/invite#${encodeURIComponent(token)}`} byPassword={accept} byPasskey={passkey}>
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
      </WayForm>
    </Frame>
  );
}
