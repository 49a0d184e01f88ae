import { ApiError } from '../api/error';
import { text } from '../text';

const t = text.passkeys;

// What the browser and the server tell each other about a passkey is JSON, in
// which bytes are base64url. Browsers of before 2025 leave the conversion to the
// page (https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON, read 2026-11-22).

type Json = { [key: string]: unknown };

export function bytesOf(base64url: string): ArrayBuffer {
  const plain = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0)).buffer;
}

export function textOf(bytes: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

const descriptors = (list: unknown) =>
  ((list ?? []) as { id: string; type: 'public-key'; transports?: AuthenticatorTransport[] }[]).map((d) => ({
    ...d,
    id: bytesOf(d.id),
  }));

export function creationOf(options: Json): PublicKeyCredentialCreationOptions {
  const given = options as unknown as PublicKeyCredentialCreationOptionsJSON;
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(given);
  return {
    ...(options as unknown as PublicKeyCredentialCreationOptions),
    challenge: bytesOf(given.challenge),
    user: { ...given.user, id: bytesOf(given.user.id) },
    excludeCredentials: descriptors(options.excludeCredentials),
  };
}

export function requestOf(options: Json): PublicKeyCredentialRequestOptions {
  const given = options as unknown as PublicKeyCredentialRequestOptionsJSON;
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(given);
  return {
    ...(options as unknown as PublicKeyCredentialRequestOptions),
    challenge: bytesOf(given.challenge),
    allowCredentials: descriptors(options.allowCredentials),
  };
}

export function answerOf(credential: PublicKeyCredential): Json {
  if (credential.toJSON) return credential.toJSON() as Json;
  const r = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const response: Json = { clientDataJSON: textOf(r.clientDataJSON) };
  if (r.attestationObject) {
    response.attestationObject = textOf(r.attestationObject);
    response.transports = r.getTransports?.() ?? [];
  } else {
    response.authenticatorData = textOf(r.authenticatorData);
    response.signature = textOf(r.signature);
    if (r.userHandle) response.userHandle = textOf(r.userHandle);
  }
  return {
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

// makePasskey has the browser make a passkey, and returns its answer.
export async function makePasskey(options: Json): Promise<Json> {
  return ask(() => navigator.credentials.create({ publicKey: creationOf(options) }));
}

// signByPasskey has the browser sign with a passkey, and returns its answer.
export async function signByPasskey(options: Json): Promise<Json> {
  return ask(() => navigator.credentials.get({ publicKey: requestOf(options) }));
}

async function ask(act: () => Promise<Credential | null>): Promise<Json> {
  try {
    const credential = await act();
    if (credential) return answerOf(credential as PublicKeyCredential);
  } catch (cause) {
    throw refusalOf(cause);
  }
  throw refusalOf(new DOMException('', 'NotAllowedError'));
}

// refusalOf puts in words what browsers say by the name of an exception.
export function refusalOf(cause: unknown): ApiError {
  const name = cause instanceof DOMException ? cause.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') {
    return new ApiError('interrupted', t.cancelled, { hint: t.cancelledHint, cause });
  }
  if (name === 'InvalidStateError') return new ApiError('conflict', t.known, { hint: t.knownHint, cause });
  return new ApiError('internal', t.failed, { hint: t.failedHint, cause });
}

// deviceName is what a passkey is called until its owner says better.
export function deviceName(agent = navigator.userAgent): string {
  const known: [RegExp, string][] = [
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/Mac OS X/, 'Mac'],
    [/CrOS/, 'Chromebook'],
    [/Linux/, 'Linux'],
  ];
  return known.find(([pattern]) => pattern.test(agent))?.[1] ?? t.name;
}
