import { Alert, Button, Divider, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { meQuery, statusQuery } from '../../api/queries';
import { Failure, Loading } from '../../parts/state';
import { signByPasskey } from '../../session/passkey';
import { PasskeyTrouble, usePasskeySite } from '../../session/passkeysite';
import { SignInElsewhere } from '../../session/providers';
import { text } from '../../text';
import { useFragment } from './fragment';
import { Frame } from './frame';

export function Login() {
  const link = useFragment();
  const client = useQueryClient();
  const router = useRouter();
  const { to, ended } = useSearch({ from: '/login' });
  const signedIn = async (me: Schemas['Me']) => {
    client.setQueryData(meQuery.queryKey, me);
    await client.invalidateQueries({ queryKey: statusQuery.queryKey });
    router.history.push(to ?? '/');
  };
  if (link) return <ByLink token={link} done={signedIn} />;
  return (
    <Frame title={text.session.loginTitle}>
      {ended && (
        <Alert color="yellow" variant="outline">
          {text.session.signedOut}
        </Alert>
      )}
      <SignInElsewhere to={to} />
      <ByPasskey done={signedIn} />
      <ByPassword done={signedIn} />
    </Frame>
  );
}

type Done = { done: (me: Schemas['Me']) => void };

function ByPasskey({ done }: Done) {
  const site = usePasskeySite();
  const login = useMutation({
    mutationFn: async () => {
      const { options } = await take(api.POST('/api/v1/login/passkey'));
      const credential = await signByPasskey(options);
      return take(api.POST('/api/v1/login/passkey/finish', { body: { credential } }));
    },
    onSuccess: done,
  });
  if (!site.usable) return <PasskeyTrouble site={site} path="/login" />;
  return (
    <Stack gap="md">
      <Button variant="default" loading={login.isPending} onClick={() => login.mutate()}>
        {text.passkeys.signIn}
      </Button>
      {login.error && <Failure error={login.error} />}
      <Divider label={text.passkeys.or} />
    </Stack>
  );
}

function ByPassword({ done }: Done) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const login = useMutation({
    mutationFn: () => take(api.POST('/api/v1/login', { body: { name: name.trim(), password } })),
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    login.mutate();
  };
  if (login.data) return <Code challenge={login.data.challenge} done={done} again={login.reset} />;
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={text.session.name}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          autoComplete="username"
          autoFocus
          required
        />
        <PasswordInput
          label={text.session.password}
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': text.session.showPassword }}
          required
        />
        {login.error && <Failure error={login.error} />}
        <Button type="submit" loading={login.isPending}>
          {text.session.loginNext}
        </Button>
      </Stack>
    </form>
  );
}

function Code({ challenge, done, again }: Done & { challenge: string; again: () => void }) {
  const [code, setCode] = useState('');
  const verify = useMutation({
    mutationFn: () => take(api.POST('/api/v1/login/verify', { body: { challenge, code: code.trim() } })),
    onSuccess: done,
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    verify.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={text.session.code}
          description={text.session.codeOrRecovery}
          value={code}
          onChange={(e) => setCode(e.currentTarget.value)}
          autoComplete="one-time-code"
          autoFocus
          required
        />
        {verify.error && <Failure error={verify.error} />}
        <Button type="submit" loading={verify.isPending}>
          {text.session.signIn}
        </Button>
        <Button variant="subtle" onClick={again}>
          {text.session.otherAccount}
        </Button>
      </Stack>
    </form>
  );
}

// ByLink is the demo's way in: the link that its terminal printed.
function ByLink({ token, done }: Done & { token: string }) {
  const link = useMutation({
    mutationFn: () => take(api.POST('/api/v1/login/link', { body: { token } })),
    onSuccess: done,
  });
  const { mutate } = link;
  const sent = useRef(false);
  useEffect(() => {
    // It works once, and effects may run twice while developing.
    if (!sent.current) mutate();
    sent.current = true;
  }, [mutate]);
  return (
    <Frame title={text.session.linkTitle}>
      {link.error ? (
        <>
          <Failure error={link.error} />
          <p className="nj-dim">{text.session.linkGone}</p>
        </>
      ) : (
        <Loading />
      )}
    </Frame>
  );
}
