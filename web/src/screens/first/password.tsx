import { PasswordInput } from '@mantine/core';
import { text } from '../../text';

// NewPassword asks for a password twice; it is checked here only for what can
// be said at once. The server knows what was breached.
export function NewPassword({
  label = text.session.password,
  labelAgain = text.session.passwordAgain,
  value,
  again,
  onValue,
  onAgain,
}: {
  label?: string;
  labelAgain?: string;
  value: string;
  again: string;
  onValue: (v: string) => void;
  onAgain: (v: string) => void;
}) {
  const toggle = { 'aria-label': text.session.showPassword };
  return (
    <>
      <PasswordInput
        label={label}
        description={text.session.passwordHint}
        value={value}
        onChange={(e) => onValue(e.currentTarget.value)}
        error={value !== '' && value.length < 12 ? text.session.passwordShort : undefined}
        autoComplete="new-password"
        visibilityToggleButtonProps={toggle}
        required
      />
      <PasswordInput
        label={labelAgain}
        value={again}
        onChange={(e) => onAgain(e.currentTarget.value)}
        error={again !== '' && again !== value ? text.session.passwordDiffers : undefined}
        autoComplete="new-password"
        visibilityToggleButtonProps={toggle}
        required
      />
    </>
  );
}

export const passwordFits = (value: string, again: string) => value.length >= 12 && value === again;
