import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, take } from '../../api/client';
import { Loading } from '../../parts/state';
import { text } from '../../text';
import { enrolByPasskey } from './bypasskey';
import { Enrol } from './enrol';
import { useFragment } from './fragment';
import { Frame } from './frame';
import { Kept } from './kept';
import { useResumed } from './resume';
import { WayForm } from './way';

export function Setup() {
  const fragment = useFragment();
  const navigate = useNavigate();
  const [token, setToken] = useState(fragment);
  const [name, setName] = useState('');
  const begin = useMutation({
    mutationFn: (password: string) =>
      take(api.POST('/api/v1/setup', { body: { token: token.trim(), name: name.trim(), password } })),
  });
  const passkey = useMutation({
    mutationFn: () =>
      enrolByPasskey(() =>
        take(api.POST('/api/v1/setup/passkey', { body: { token: token.trim(), name: name.trim() } })),
      ),
    gcTime: 0, // the codes are not kept once they are put away
  });
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
      <WayForm path={`/setup#${encodeURIComponent(token)}`} byPassword={begin} byPasskey={passkey}>
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
      </WayForm>
    </Frame>
  );
}
