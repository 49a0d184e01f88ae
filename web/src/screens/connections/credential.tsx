import { Button, NativeSelect, PasswordInput, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, type Schemas, take } from '../../api/client';
import { Copy } from '../../parts/copy';
import { save } from '../../parts/file';
import { Failure } from '../../parts/state';
import { useGuarded } from '../../session/stepup';
import { text } from '../../text';

const t = text.connections.own;

type Kind = Schemas['CredentialInput']['kind'];

// CredentialDraft is what was typed for any kind; inputOf keeps what its kind has.
export type CredentialDraft = {
  kind: Kind;
  secret: string;
  expires: string;
  certificate: string;
  privateKey: string;
  tokenFile: string;
};

export const emptyCredential: CredentialDraft = {
  kind: 'generated',
  secret: '',
  expires: '',
  certificate: '',
  privateKey: '',
  tokenFile: '',
};

export function inputOf(d: CredentialDraft): Schemas['CredentialInput'] {
  switch (d.kind) {
    case 'secret':
      return { kind: 'secret', secret: d.secret, ...(d.expires ? { secret_expires: `${d.expires}T00:00:00Z` } : {}) };
    case 'certificate':
      return { kind: 'certificate', certificate: d.certificate, private_key: d.privateKey };
    case 'federated':
      return { kind: 'federated', federated_token_file: d.tokenFile };
    default:
      return { kind: 'generated' };
  }
}

// A secret's id has the form of a GUID and its value never has: the commonest
// mistake, told while it is made.
export const looksLikeId = (secret: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(secret.trim());

export function CredentialFields({
  value,
  onChange,
  tenant,
}: {
  value: CredentialDraft;
  onChange: (d: CredentialDraft) => void;
  tenant?: string | undefined;
}) {
  const set = (part: Partial<CredentialDraft>) => onChange({ ...value, ...part });
  return (
    <Stack gap="md">
      <NativeSelect
        label={t.credential}
        data={(['generated', 'secret', 'certificate', 'federated'] as const).map((k) => ({
          value: k,
          label: t.kinds[k],
        }))}
        value={value.kind}
        onChange={(e) => set({ kind: e.currentTarget.value as Kind })}
      />
      {value.kind === 'generated' && <Generate tenant={tenant} />}
      {value.kind === 'secret' && (
        <>
          <PasswordInput
            label={t.secret}
            description={t.secretHint}
            value={value.secret}
            onChange={(e) => set({ secret: e.currentTarget.value })}
            error={looksLikeId(value.secret) ? t.secretLooksLikeId : undefined}
            autoComplete="off"
            visibilityToggleButtonProps={{ 'aria-label': text.session.showPassword }}
            required
          />
          <TextInput
            type="date"
            label={t.secretExpires}
            description={t.secretExpiresHint}
            value={value.expires}
            onChange={(e) => set({ expires: e.currentTarget.value })}
          />
        </>
      )}
      {value.kind === 'certificate' && (
        <>
          <Textarea
            label={t.certificate}
            value={value.certificate}
            onChange={(e) => set({ certificate: e.currentTarget.value })}
            rows={5}
            required
            spellCheck={false}
          />
          <Textarea
            label={t.privateKey}
            value={value.privateKey}
            onChange={(e) => set({ privateKey: e.currentTarget.value })}
            rows={5}
            required
            spellCheck={false}
            autoComplete="off"
          />
        </>
      )}
      {value.kind === 'federated' && (
        <TextInput
          label={t.tokenFile}
          description={t.tokenFileHint}
          value={value.tokenFile}
          onChange={(e) => set({ tokenFile: e.currentTarget.value })}
          required
        />
      )}
    </Stack>
  );
}

function Generate({ tenant }: { tenant?: string | undefined }) {
  const guarded = useGuarded();
  const make = useMutation({
    mutationFn: (id: string) =>
      guarded(() => take(api.POST('/api/v1/connections/{tenant}/certificate', { params: { path: { tenant: id } } }))),
  });
  return (
    <Stack gap="sm" align="flex-start">
      <Text size="sm">{t.generatedText}</Text>
      {!make.data && (
        <Button
          variant="default"
          disabled={!tenant}
          loading={make.isPending}
          onClick={() => tenant && make.mutate(tenant)}
        >
          {t.generate}
        </Button>
      )}
      {!tenant && (
        <Text size="sm" c="dimmed">
          {t.generateNeeds}
        </Text>
      )}
      {make.error && <Failure error={make.error} />}
      {make.data && (
        <>
          <Text size="sm" role="status">
            {t.generatedNow}
          </Text>
          <Button
            variant="default"
            onClick={() => save('nightjar.crt', 'application/x-pem-file', make.data.certificate)}
          >
            {t.downloadCertificate}
          </Button>
          <Text size="sm">
            {t.thumbprint}: <Copy value={make.data.thumbprint} />
          </Text>
        </>
      )}
    </Stack>
  );
}
