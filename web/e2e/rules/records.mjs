import assert from 'node:assert/strict';
import { secret } from '../serve/own.mjs';

// forwarded are the records of a tenant in which two people made inbox rules an
// hour ago that send their mail to a stranger.
export function forwarded() {
  const hour = 3_600_000;
  return ['anna', 'bert'].map((name, i) => ({
    Id: `7c1f6f0a-91d4-4c57-9d0c-00000000000${i + 1}`,
    CreationTime: new Date(Date.now() - hour + i * 60_000).toISOString().slice(0, 19),
    OrganizationId: '5f0c5a52-6e1a-4b7e-9d64-0d6f0f6a3c11',
    RecordType: 1,
    Operation: 'New-InboxRule',
    ResultStatus: 'True',
    UserKey: `10032001266C162${i}`,
    UserType: 2,
    Version: 1,
    Workload: 'Exchange',
    ClientIP: `203.0.113.${25 + i}:52378`,
    ObjectId: `${name}\\Everything`,
    UserId: `${name}@contoso.com`,
    AppId: '00000002-0000-0ff1-ce00-000000000000',
    ClientAppId: '',
    ExternalAccess: false,
    OrganizationName: 'contoso.onmicrosoft.com',
    OriginatingServer: 'AM0PR04MB5043 (15.20.8700.025)',
    Parameters: [
      { Name: 'Name', Value: 'Everything' },
      { Name: 'ForwardTo', Value: 'collector@example.net' },
    ],
    SessionId: `42113db1-afa0-40c8-b576-95140000000${i}`,
  }));
}

// connectSimulated connects the tenant of the simulator, in its cloud.
export async function connectSimulated({ page, lab }) {
  const [status, text] = await page.evaluate(
    async (body) => {
      const { clouds } = await (await fetch('/api/v1/services')).json();
      const cloud = clouds.find((c) => c !== 'commercial' && /sim/.test(c));
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch('/api/v1/connections', {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...body, cloud }),
      });
      return [answer.status, await answer.text()];
    },
    { tenant_id: lab.tenant, client_id: lab.client, name: 'contoso', credential: { kind: 'secret', secret } },
  );
  assert.equal(status, 201, text);
}
