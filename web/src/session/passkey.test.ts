import { afterEach, expect, test, vi } from 'vitest';
import { answerOf, bytesOf, creationOf, deviceName, refusalOf, requestOf, textOf } from './passkey';
import { siteOf } from './passkeysite';

afterEach(() => vi.unstubAllGlobals());

const bytes = new Uint8Array([0, 255, 254, 62, 63, 1]).buffer;

test('bytes travel as base64url without padding', () => {
  expect(textOf(bytes)).toBe('AP_-Pj8B');
  expect(bytesOf('AP_-Pj8B')).toEqual(bytes);
  expect(new Uint8Array(bytesOf('_w'))).toEqual(new Uint8Array([255]));
});

test('a browser without the conversion gets bytes from the page', () => {
  vi.stubGlobal('PublicKeyCredential', class {});
  const made = creationOf({
    challenge: 'AP_-Pj8B',
    rp: { id: 'localhost', name: 'Nightjar' },
    user: { id: 'YWRh', name: 'ada', displayName: 'ada' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    excludeCredentials: [{ type: 'public-key', id: '_w', transports: ['internal'] }],
  });
  expect(made.challenge).toEqual(bytes);
  expect(new TextDecoder().decode(made.user.id)).toBe('ada');
  expect(made.rp.id).toBe('localhost');
  expect(made.excludeCredentials).toEqual([{ type: 'public-key', id: bytesOf('_w'), transports: ['internal'] }]);
  const asked = requestOf({ challenge: 'AP_-Pj8B', rpId: 'localhost', userVerification: 'required' });
  expect(asked).toMatchObject({
    challenge: bytes,
    rpId: 'localhost',
    userVerification: 'required',
    allowCredentials: [],
  });
});

test('what such a browser answers is written as the others write it', () => {
  const credential = (response: object) =>
    ({ id: '_w', rawId: bytesOf('_w'), type: 'public-key', getClientExtensionResults: () => ({}), response }) as never;
  expect(answerOf(credential({ clientDataJSON: bytes, attestationObject: bytes }))).toEqual({
    id: '_w',
    rawId: '_w',
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON: 'AP_-Pj8B', attestationObject: 'AP_-Pj8B', transports: [] },
  });
  expect(
    answerOf(
      credential({ clientDataJSON: bytes, authenticatorData: bytes, signature: bytes, userHandle: bytesOf('YWRh') }),
    ).response,
  ).toEqual({
    clientDataJSON: 'AP_-Pj8B',
    authenticatorData: 'AP_-Pj8B',
    signature: 'AP_-Pj8B',
    userHandle: 'YWRh',
  });
});

test('passkeys are offered at their own site alone', () => {
  const here = 'http://localhost:8470';
  expect(siteOf({ origin: here }, here, true)).toEqual({ usable: true });
  expect(siteOf({ origin: here }, here, false)).toEqual({ usable: false, trouble: 'unsupported' });
  expect(siteOf({ origin: here }, 'http://127.0.0.1:8470', true)).toEqual({
    usable: false,
    trouble: 'elsewhere',
    origin: here,
  });
  expect(siteOf({ origin: 'https://192.0.2.7', trouble: 'address' }, 'https://192.0.2.7', true)).toEqual({
    usable: false,
    trouble: 'address',
  });
});

test('what the browser refuses is said in words', () => {
  expect(refusalOf(new DOMException('', 'NotAllowedError')).code).toBe('interrupted');
  expect(refusalOf(new DOMException('', 'InvalidStateError')).code).toBe('conflict');
  expect(refusalOf(new DOMException('', 'SecurityError')).code).toBe('internal');
});

test('a passkey is called after the system until its owner says better', () => {
  expect(deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)')).toBe('iPhone');
  expect(deviceName('Mozilla/5.0 (Windows NT 10.0; Win64; x64)')).toBe('Windows');
  expect(deviceName('curl')).toBe('Passkey');
});
