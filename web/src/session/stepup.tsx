import { Button, Divider, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type FormEvent, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { api, take } from '../api/client';
import { ApiError } from '../api/error';
import { meQuery } from '../api/queries';
import { Failure } from '../parts/state';
import { text } from '../text';
import { signByPasskey } from './passkey';
import { usePasskeySite } from './passkeysite';
import { ConfirmElsewhere } from './providers';

type Guarded = <T>(act: () => Promise<T>) => Promise<T>;

const StepUpContext = createContext<Guarded>((act) => act());

// useGuarded returns a function that runs an action, asks for a code when the
// server wants a fresh proof, and then runs the action again.
export const useGuarded = () => useContext(StepUpContext);

type Waiting = { passed: () => void; gaveUp: () => void };

export function StepUpProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const waiting = useRef<Waiting[]>([]);

  const guarded = useCallback<Guarded>(async (act) => {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'step_up') throw error;
      await new Promise<void>((passed, failed) => {
        waiting.current.push({ passed, gaveUp: () => failed(error) });
        setOpen(true);
      });
      return act();
    }
  }, []);

  const end = (passed: boolean) => {
    setOpen(false);
    for (const w of waiting.current.splice(0)) passed ? w.passed() : w.gaveUp();
  };

  return (
    <StepUpContext value={guarded}>
      {children}
      <Modal
        opened={open}
        onClose={() => end(false)}
        title={text.session.stepUpTitle}
        closeButtonProps={{ 'aria-label': text.action.close }}
      >
        <StepUpForm passed={() => end(true)} />
      </Modal>
    </StepUpContext>
  );
}

// ByPasskey is offered to those who have one that works here.
function ByPasskey({ passed }: { passed: () => void }) {
  const client = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const site = usePasskeySite();
  const prove = useMutation({
    mutationFn: async () => {
      const { options } = await take(api.POST('/api/v1/me/step-up/passkey'));
      const credential = await signByPasskey(options);
      return take(api.POST('/api/v1/me/step-up/passkey/finish', { body: { credential } }));
    },
    onSuccess: (me) => {
      client.setQueryData(meQuery.queryKey, me);
      passed();
    },
  });
  if (!site.usable || !me?.ways?.includes('passkey')) return null;
  return (
    <>
      <Button variant="default" loading={prove.isPending} onClick={() => prove.mutate()}>
        {text.passkeys.use}
      </Button>
      {prove.error && <Failure error={prove.error} />}
      <Divider label={text.passkeys.or} />
    </>
  );
}

function StepUpForm({ passed }: { passed: () => void }) {
  const [code, setCode] = useState('');
  const client = useQueryClient();
  const { data: me } = useQuery(meQuery);
  // Whoever signs in at a provider alone has no authenticator here.
  const codes = !me?.ways?.length || me.ways.some((w) => w !== 'provider');
  const prove = useMutation({
    mutationFn: () => take(api.POST('/api/v1/me/step-up', { body: { code: code.trim() } })),
    onSuccess: (me) => {
      client.setQueryData(meQuery.queryKey, me);
      passed();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    prove.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text>{text.session.stepUpText}</Text>
        <ByPasskey passed={passed} />
        <ConfirmElsewhere alone={!codes} />
        {codes && (
          <>
            <TextInput
              label={text.session.code}
              description={text.session.codeOrRecovery}
              value={code}
              onChange={(e) => setCode(e.currentTarget.value)}
              autoComplete="one-time-code"
              data-autofocus
              required
            />
            {prove.error && <Failure error={prove.error} />}
            <Group justify="flex-end">
              <Button type="submit" loading={prove.isPending}>
                {text.session.confirm}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </form>
  );
}
