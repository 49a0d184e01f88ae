import { Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { codesKept, codesShown } from '../session/kept';
import { text } from '../text';
import { CopyButton } from './copy';
import { save } from './file';

type Props = {
  codes: string[];
  lead?: string; // what they are good for; without it, in place of an authenticator
  label: string;
  done: () => void;
};

// RecoveryCodes shows codes that nobody will see again, and goes on only once
// the person says that they are kept.
export function RecoveryCodes({ codes, lead, label, done }: Props) {
  const [kept, setKept] = useState(false);
  useEffect(codesShown, []);
  const finish = () => {
    codesKept();
    done();
  };
  const all = codes.join('\n');
  return (
    <Stack gap="md">
      <Text>{lead ?? text.session.recoveryText}</Text>
      <pre className="nj-code">{all}</pre>
      <Group gap="sm">
        <CopyButton value={all} label={text.session.recoveryCopy} />
        <Button variant="default" onClick={() => save('nightjar-recovery-codes.txt', 'text/plain', `${all}\n`)}>
          {text.session.recoveryDownload}
        </Button>
      </Group>
      <Checkbox label={text.session.recoveryKept} checked={kept} onChange={(e) => setKept(e.currentTarget.checked)} />
      <Button disabled={!kept} onClick={finish}>
        {label}
      </Button>
    </Stack>
  );
}
