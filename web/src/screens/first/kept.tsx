import { Stack, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { meQuery, statusQuery } from '../../api/queries';
import { RecoveryCodes } from '../../parts/recovery';
import { text } from '../../text';

// Kept shows the recovery codes of somebody who has just joined, which nobody
// will see again, and then lets them in.
export function Kept({
  me,
  codes,
  lead,
  done,
}: {
  me: Schemas['Me'];
  codes: string[];
  lead?: string;
  done: () => void;
}) {
  const client = useQueryClient();
  const finish = () => {
    client.setQueryData(meQuery.queryKey, me);
    void client.invalidateQueries({ queryKey: statusQuery.queryKey }).then(done);
  };
  return (
    <Stack gap="md">
      <Title order={2}>{text.session.recoveryTitle}</Title>
      <RecoveryCodes codes={codes} lead={lead} label={text.session.recoveryDone} done={finish} />
    </Stack>
  );
}
