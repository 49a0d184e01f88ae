import { expect, test } from 'vitest';
import { parseSearch, stringifySearch } from '../../address';
import { validateQueue } from './address';
import { searchOf } from './entity';

test('an address that was handed on asks the same question', () => {
  const address = validateQueue(
    parseSearch('?status=new&severity=high&severity=critical&entity=user:anna@contoso.com&assignee=me'),
  );
  expect(address).toMatchObject({
    status: ['new'],
    severity: ['critical', 'high'],
    entity: 'user:anna@contoso.com',
    assignee: 'me',
  });
  expect(validateQueue(parseSearch(stringifySearch(address)))).toEqual(address);
});

test('what no filter is named so is dropped', () => {
  const nothing = Object.values(validateQueue(parseSearch('?status=old&severity=bad&tenant=x&sort=up')));
  expect(nothing.every((v) => v === undefined)).toBe(true);
});

test('an entity leads to its events: by its field, or by words where events have none', () => {
  const span = { from: '2026-01-05T08:00:00Z', to: '2026-01-05T10:00:00Z' };
  expect(searchOf({ kind: 'user', value: 'anna@contoso.com' }, span, 't').f).toEqual([
    'user_id:contains:anna@contoso.com',
  ]);
  expect(searchOf({ kind: 'address', value: '2001:db8::1' }, span, 't').f).toEqual(['client_ip:is:2001:db8::1']);
  expect(searchOf({ kind: 'domain', value: 'evil".example' }, span, 't').q).toBe('"evil.example"');
});
