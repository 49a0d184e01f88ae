import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../../api/client';
import { meQuery } from '../../api/queries';
import { Panel } from '../../parts/page';
import { RecoveryCodes } from '../../parts/recovery';
import { Severity } from '../../parts/severity';
import { Failure } from '../../parts/state';
import { useMe } from '../../session/me';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';

const t = text.settings.account;

// With this many left it is time to make new ones.
const few = 3;

// AccountRecovery tells how many recovery codes are left, and makes new ones.
export function AccountRecovery() {
  const { me } = useMe();
  const guarded = useGuarded();
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () => guarded(() => take(api.POST('/api/v1/me/recovery-codes'))),
    onSuccess: () => client.invalidateQueries({ queryKey: meQuery.queryKey }),
    gcTime: 0, // the codes are not kept once they are put away
  });
  const byPasskey = me.ways?.includes('passkey') && !me.ways.includes('password');
  const left = me.recovery_codes_left ?? 0;
  return (
    <Panel title={t.recovery}>
      <Stack gap="md">
        <Text>{byPasskey ? text.passkeys.recoveryAccount : t.recoveryText}</Text>
        <Severity tone={left > few ? 'ok' : 'warning'}>{t.recoveryLeft(left)}</Severity>
        {make.error && <Failure error={make.error} />}
        <Group>
          <Button variant="default" loading={make.isPending} onClick={() => make.mutate()}>
            {t.recoveryMake}
          </Button>
        </Group>
      </Stack>
      <Modal
        opened={make.data !== undefined}
        onClose={make.reset}
        title={text.session.recoveryTitle}
        size="lg"
        closeOnClickOutside={false}
        closeOnEscape={false}
        withCloseButton={false}
      >
        {make.data && (
          <RecoveryCodes
            codes={make.data.recovery_codes}
            lead={byPasskey ? text.passkeys.recoveryText : undefined}
            label={text.action.close}
            done={make.reset}
          />
        )}
      </Modal>
    </Panel>
  );
}
