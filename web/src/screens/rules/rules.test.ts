import { describe, expect, it } from 'vitest';
import { changeOf, draftOf, inputOf } from '../notifications/draft';
import type { Channel, Kind } from '../notifications/query';
import { validateRule, validateRules } from './address';
import { techniques } from './attack';
import { fits } from './filter';
import { planned } from './plan';
import type { Rule } from './query';
import { forForm, fromForm } from './value';
import { sayWhere, whereOf } from './where';

describe('a value of a parameter', () => {
  it('keeps its type through the form', () => {
    for (const [type, value] of [
      ['number', 15],
      ['span', '7d'],
      ['boolean', false],
      ['list', ['a', 'b c']],
      ['list', [1, 2]],
      ['text', 'words'],
    ] as const) {
      expect(fromForm({ type, default: value }, forForm(value))).toEqual(value);
    }
  });
  it('is refused where it is of another type', () => {
    expect(fromForm({ type: 'number', default: 1 }, 'many')).toBeUndefined();
    expect(fromForm({ type: 'number', default: 1 }, '')).toBeUndefined();
    expect(fromForm({ type: 'span', default: '1h' }, '1 hour')).toBeUndefined();
    expect(fromForm({ type: 'list', default: [1] }, '1\ntwo')).toBeUndefined();
  });
});

describe('the selection of an exception', () => {
  it('makes lists of lines, and says them', () => {
    const where = whereOf([
      { field: ' UserId ', value: 'a@contoso.com\n b@contoso.com ' },
      { field: '', value: '' },
      { field: 'ClientIP|cidr', value: '10.0.0.0/8' },
    ]);
    expect(where).toEqual({ UserId: ['a@contoso.com', 'b@contoso.com'], 'ClientIP|cidr': '10.0.0.0/8' });
    expect(sayWhere(where ?? {}, { is: 'is', or: ' or ', and: ' and ' })).toBe(
      'UserId is a@contoso.com or b@contoso.com and ClientIP|cidr is 10.0.0.0/8',
    );
  });
  it('takes nothing away while a field has no value: an empty one would take all', () => {
    expect(whereOf([{ field: 'UserId', value: ' \n' }])).toBeUndefined();
    expect(whereOf([{ field: '', value: 'x' }])).toBeUndefined();
  });
});

describe('secrets of a channel', () => {
  const kind = {
    kind: 'email',
    title: 'Email',
    idempotent: false,
    bundles: true,
    on_doubt: 'hold',
    fields: [
      { name: 'server', title: 'Server', secret: false, required: true },
      { name: 'password', title: 'Password', secret: true, required: false },
    ],
  } as unknown as Kind;
  const channel = {
    ...{ id: 'c-1', name: 'SOC', kind: 'email', enabled: true, settings: { server: 'a:587' }, secrets: ['password'] },
    ...{ per_minute: 30, on_doubt: 'hold', state: 'ok', waiting: 0, dead: 0, doubtful: 0, created: '', updated: '' },
  } as unknown as Channel;
  const of = () => draftOf(kind, channel);
  it('stay when nothing is typed, and a setting that is emptied goes back to its default', () => {
    const draft = { ...of(), values: { server: '', password: '' } };
    const change = changeOf(kind, draft);
    expect(change.secrets).toEqual({});
    expect(change.settings).toEqual({ server: '' });
  });
  it('go along when typed, and what is empty is not named to a new channel', () => {
    const input = inputOf(kind, { ...of(), values: { server: '', password: ' p ' } });
    expect(input.secrets).toEqual({ password: ' p ' });
    expect(input.settings).toEqual({});
  });
});

describe('rules', () => {
  const rule = {
    ...{ id: 'r-1', title: 'Inbox rule hides mail', pack: 'exchange', tags: ['attack.t1564.008'], mode: 'on' },
    ...{ modes: [{ tenant: 't', mode: 'off' }], severity: 'high', runs: true, changed: false },
  } as unknown as Rule;
  it('fit by words in any order, by a mode in any tenant, and by trouble', () => {
    expect(fits(rule, { q: 'MAIL inbox t1564' })).toBe(true);
    expect(fits(rule, { q: 'mail outside' })).toBe(false);
    expect(fits(rule, { mode: 'off' })).toBe(true);
    expect(fits(rule, { mode: 'dry_run' })).toBe(false);
    expect(fits(rule, { trouble: true })).toBe(false);
    expect(fits({ ...rule, runs: false }, { trouble: true })).toBe(true);
  });
  it('read their address, and drop what does not fit', () => {
    expect(validateRules({ mode: 'loud', severity: 'high', trouble: 'true' })).toMatchObject({
      mode: undefined,
      severity: 'high',
      trouble: true,
    });
    expect(validateRule({ tab: 'nowhere', run: 'b-1' })).toEqual({ tab: undefined, run: 'b-1' });
  });
  it('name techniques with their pages and tactics as words', () => {
    expect(techniques(['attack.t1564.008', 'attack.defense-evasion', 'cve.2026'])).toEqual([
      { name: 'T1564.008', href: 'https://attack.mitre.org/techniques/T1564/008/' },
      { name: 'defense evasion' },
    ]);
  });
});

describe('what an import would do', () => {
  const change = { rule: 'r', title: 'Spray', by: 'Ada', time: '2026-01-05T09:00:00Z', vanished: false };
  const exception = {
    id: 'E-1',
    rule: 'r',
    title: 'Spray',
    where: { UserId: ['svc', 'app'] },
    tenants: ['t'],
    owner: 'Ada',
    reason: 'known',
    created: '2026-01-05T09:00:00Z',
    active: true,
    vanished: false,
  };
  const words = { tenant: (id: string) => `tenant ${id}`, time: (at: string) => at.slice(0, 10) };
  it('says what widens an exception', () => {
    const wider = { ...exception, tenants: [], reason: 'new' };
    const was = { ...exception, until: '2027-01-01T00:00:00Z' };
    const plan = { version: 3, applied: false, unchanged: 0, changes: [] };
    const [row] = planned({ ...plan, exceptions: [{ action: 'change', was, exception: wider }] }, words);
    expect(row?.more).toEqual([
      { of: 'For', was: 'tenant t', becomes: 'All tenants, future ones too' },
      { of: 'Ends', was: '2027-01-01', becomes: 'It does not end' },
      { of: 'Reason', was: 'known', becomes: 'new' },
    ]);
    const [added] = planned({ ...plan, exceptions: [{ action: 'add', exception: was }] }, words);
    expect(added?.more.map((d) => `${d.of} ${d.was} ${d.becomes}`)).toEqual([
      'Ends undefined 2027-01-01',
      'Reason undefined known',
    ]);
    const [same] = planned({ ...plan, exceptions: [{ action: 'change', was, exception: { ...was } }] }, words);
    expect(same?.more).toEqual([]);
  });
  it('begins with what is taken back', () => {
    const rows = planned(
      {
        version: 3,
        applied: false,
        unchanged: 1,
        changes: [
          { action: 'add', change: { ...change, what: 'mode', tenant: 't', value: 'off' } },
          { action: 'change', was: 20, change: { ...change, what: 'parameter', name: 'users', value: 30 } },
        ],
        exceptions: [{ action: 'remove', was: exception, exception }],
      },
      words,
    );
    expect(rows.map((r) => [r.action, r.what, r.of, r.tenants.join(), r.was, r.becomes])).toEqual([
      ['remove', 'Exception', 'Spray', 't', 'UserId is svc or app', 'ends'],
      ['change', 'Parameter users', 'Spray', '', '20', '30'],
      ['add', 'Mode', 'Spray', 't', undefined, 'off'],
    ]);
    expect(new Set(rows.map((r) => r.key)).size).toBe(3);
  });
});
