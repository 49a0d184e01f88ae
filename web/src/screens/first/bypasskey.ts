import { api, type Schemas, take } from '../../api/client';
import { deviceName, makePasskey } from '../../session/passkey';

// enrolByPasskey makes a passkey and with it the person, who is signed in then.
export async function enrolByPasskey(
  begin: () => Promise<Schemas['PasskeyEnrolment']>,
): Promise<{ me: Schemas['Me']; codes: string[] }> {
  const begun = await begin();
  const credential = await makePasskey(begun.options);
  const me = await take(
    api.POST('/api/v1/setup/passkey/confirm', { body: { enrolment: begun.id, passkey: deviceName(), credential } }),
  );
  return { me, codes: begun.recovery_codes };
}
