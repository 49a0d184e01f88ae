import { Anchor, Button, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import qrcode from 'qrcode-generator';
import { type FormEvent, useMemo, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Copy } from '../../parts/copy';
import { Failure } from '../../parts/state';
import { text } from '../../text';
import { Kept } from './kept';

// Enrol shows the second factor, takes its first code, and then the recovery
// codes, which nobody will see again.
export function Enrol({ enrolment, done }: { enrolment: Schemas['Enrolment']; done: () => void }) {
  const [code, setCode] = useState('');
  const confirm = useMutation({
    mutationFn: () => take(api.POST('/api/v1/setup/confirm', { body: { enrolment: enrolment.id, code: code.trim() } })),
  });
  if (confirm.data) return <Kept me={confirm.data} codes={enrolment.recovery_codes} done={done} />;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    confirm.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Title order={2}>{text.session.enrolTitle}</Title>
        <Text>{text.session.enrolText}</Text>
        <QrCode value={enrolment.uri} label={text.session.enrolQr} />
        <div>
          <Text size="sm" c="dimmed">
            {text.session.enrolSecret}
          </Text>
          <Copy value={enrolment.secret} label={text.session.enrolSecret}>
            {enrolment.secret.replace(/(.{4})(?=.)/g, '$1 ')}
          </Copy>
        </div>
        <Anchor href={enrolment.uri} size="sm">
          {text.session.enrolOpen}
        </Anchor>
        <TextInput
          label={text.session.code}
          description={text.session.codeHint}
          value={code}
          onChange={(e) => setCode(e.currentTarget.value)}
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          required
        />
        {confirm.error && <Failure error={confirm.error} />}
        <Button type="submit" loading={confirm.isPending}>
          {text.session.confirm}
        </Button>
      </Stack>
    </form>
  );
}

// QrCode is drawn here: the secret in it goes to nobody else's service.
function QrCode({ value, label }: { value: string; label: string }) {
  const { path, size } = useMemo(() => {
    const code = qrcode(0, 'M');
    code.addData(value);
    code.make();
    const size = code.getModuleCount();
    let path = '';
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (code.isDark(y, x)) path += `M${x} ${y}h1v1h-1z`;
    return { path, size };
  }, [value]);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`-4 -4 ${size + 8} ${size + 8}`}
      width={220}
      height={220}
      shapeRendering="crispEdges"
    >
      <rect x={-4} y={-4} width={size + 8} height={size + 8} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
