import { Button, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, take } from '../../api/client';
import { Failure, Loading } from '../../parts/state';
import { text } from '../../text';
import { Enrol } from './enrol';
import { useFragment } from './fragment';
import { Frame } from './frame';
import { NewPassword, passwordFits } from './password';
import { useResumed } from './resume';

export function Invite() {
  const fragment = useFragment();
  const navigate = useNavigate();
  const [token, setToken] = useState(fragment);
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
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (passwordFits(password, again)) accept.mutate();
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
  if (resumed.asking) return <Loading />;
  return (
    <Frame
      title={invited.data?.reset ? text.session.resetTitle : text.session.inviteTitle}
      lead={text.session.inviteText}
    >
      {invited.data && <p>{text.session.inviteFor(invited.data.name, invited.data.by)}</p>}
      {invited.error && <Failure error={invited.error} />}
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
          <NewPassword value={password} again={again} onValue={setPassword} onAgain={setAgain} />
          {accept.error && <Failure error={accept.error} />}
          <Button type="submit" loading={accept.isPending} disabled={!passwordFits(password, again)}>
            {text.session.next}
          </Button>
        </Stack>
      </form>
    </Frame>
  );
}
