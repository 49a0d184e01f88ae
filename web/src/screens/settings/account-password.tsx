import { Alert, Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, take } from '../../api/client';
import { Panel } from '../../parts/page';
import { Failure } from '../../parts/state';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { NewPassword, passwordFits } from '../first/password';
import { sessionsKey } from './account-sessions';

const t = text.settings.account;

// AccountPassword changes the password; every other session of the person ends.
export function AccountPassword() {
  const { me } = useMe();
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () => take(api.POST('/api/v1/me/password', { body: { old, password } })),
    onSuccess: () => {
      setOld('');
      setPassword('');
      setAgain('');
      return client.invalidateQueries({ queryKey: sessionsKey });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    change.mutate();
  };
  return (
    <Panel title={t.password}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text>{t.passwordText}</Text>
          {/* A password manager learns from it whose password changes. */}
          <input type="text" value={me.name} autoComplete="username" readOnly hidden />
          <PasswordInput
            label={t.passwordOld}
            value={old}
            onChange={(e) => setOld(e.currentTarget.value)}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ 'aria-label': text.session.showPassword }}
            required
          />
          <NewPassword
            label={t.passwordNew}
            labelAgain={t.passwordNewAgain}
            value={password}
            again={again}
            onValue={setPassword}
            onAgain={setAgain}
          />
          {change.error && <Failure error={change.error} />}
          {change.isSuccess && (
            <Alert color="teal" variant="outline" role="status">
              {t.passwordChanged}
            </Alert>
          )}
          <Group>
            <Button type="submit" loading={change.isPending} disabled={old === '' || !passwordFits(password, again)}>
              {t.passwordChange}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
