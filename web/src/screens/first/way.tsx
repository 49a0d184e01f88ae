import { Radio, Stack } from '@mantine/core';
import { PasskeyTrouble, usePasskeySite } from '../../session/passkeysite';
import { text } from '../../text';

export type Way = 'passkey' | 'password';

const t = text.passkeys;

// wayOf is how a person who comes for the first time wants to sign in from
// now on. Where passkeys work they are proposed.
export function wayOf(chosen: Way | undefined, usable: boolean): Way {
  return usable ? (chosen ?? 'passkey') : 'password';
}

// ChooseWay asks for it. Path is that of the page, with the token behind #: the
// way to the same page where passkeys work.
export function ChooseWay({ value, onChange, path }: { value: Way; onChange: (w: Way) => void; path: string }) {
  const site = usePasskeySite();
  return (
    <Radio.Group label={t.how} value={value} onChange={(v) => onChange(v as Way)}>
      <Stack gap="xs" mt="xs">
        <Radio
          value="passkey"
          label={t.byPasskey}
          description={site.usable ? t.byPasskeyText : undefined}
          disabled={!site.usable}
        />
        <PasskeyTrouble site={site} path={path} />
        <Radio value="password" label={t.byPassword} />
      </Stack>
    </Radio.Group>
  );
}
