import { Stack, Text } from '@mantine/core';
import { Panel } from '../../parts/page';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { AccountIdentities } from './account-identities';
import { AccountPasskeys } from './account-passkeys';
import { AccountPassword } from './account-password';
import { AccountRecovery } from './account-recovery';
import { AccountSessions } from './account-sessions';
import { useSayGrant } from './grants';

const t = text.settings.account;

// Account is what a person can do about the own way in. Each section stands in
// a file of its own.
export function Account() {
  const { me } = useMe();
  // Whoever came by a passkey has no password to change.
  const own = me.ways === undefined || me.ways.includes('password');
  return (
    <Stack gap="md" maw={760}>
      <Who />
      <AccountPasskeys />
      <AccountIdentities />
      {own && <AccountPassword />}
      <AccountRecovery />
      <AccountSessions />
    </Stack>
  );
}

function Who() {
  const { me } = useMe();
  const say = useSayGrant();
  return (
    <Panel title={me.name} label={t.who}>
      {me.grants.map((g) => (
        <Text key={`${g.role} ${g.tenant ?? ''}`}>{say(g)}</Text>
      ))}
    </Panel>
  );
}
