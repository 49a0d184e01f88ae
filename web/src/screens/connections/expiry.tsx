import type { Schemas } from '../../api/client';
import { Severity } from '../../parts/severity';
import { Age } from '../../parts/time';
import { text } from '../../text';
import { useNow } from '../../time/clock';
import { expiryTone } from './tone';

const t = text.connections.credential;

// ends tells whether a credential is of a kind that comes to an end by itself.
export function ends({ kind, expires }: Schemas['Credential']): boolean {
  return expires !== undefined || kind === 'secret' || kind === 'certificate';
}

// Expiry says how long a credential still holds, louder the nearer its end.
export function Expiry({ credential }: { credential: Schemas['Credential'] }) {
  const now = useNow(60_000);
  if (!credential.expires) {
    return <span className="nj-dim">{ends(credential) ? t.unknown : t[credential.kind]}</span>;
  }
  return (
    <Severity tone={expiryTone(credential.expires, now)}>
      {t.expires} <Age value={credential.expires} />
    </Severity>
  );
}
