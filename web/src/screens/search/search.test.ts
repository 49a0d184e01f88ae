import { expect, test } from 'vitest';
import { question, readFilter, validateSearch, withFilter, withoutFilter, writeFilter } from './address';
import { bagsOf, pretty, readEvent, writeEvent } from './record';

test('a filter reads back as it was written, also with colons and nothing in its value', () => {
  for (const filter of [
    { field: 'object_id', op: 'is', value: 'https://contoso.sharepoint.com/a:b' },
    { field: 'user_id', op: 'is_not', value: '' },
    { field: '$.Parameters[0].Name', op: 'contains', value: 'x' },
    { field: 'city', op: 'absent' },
  ] as const) {
    expect(readFilter(writeFilter(filter))).toEqual(filter);
  }
});

test('what is no filter is dropped from an address', () => {
  for (const wrong of ['', 'user_id', 'user_id:like:x', 'User:is:x', "$.a'b:is:x", 'user_id:is', '__proto__:is:x']) {
    expect(readFilter(wrong)).toBeUndefined();
  }
  expect(validateSearch({ f: ['user_id:is:a', 'nonsense'], table: 'secrets', q: '' })).toEqual({
    f: ['user_id:is:a'],
    table: undefined,
    q: undefined,
    event: undefined,
    tenant: undefined,
  });
});

test('including a value takes away its exclusion, and twice is once', () => {
  const excluded = withFilter(undefined, { field: 'country', op: 'is_not', value: 'DE' });
  const included = withFilter(excluded, { field: 'country', op: 'is', value: 'DE' });
  expect(included).toEqual(['country:is:DE']);
  expect(withFilter(included, { field: 'country', op: 'is', value: 'DE' })).toEqual(included);
  expect(withoutFilter(included, 'country:is:DE')).toBeUndefined();
});

test('a question has numbers where the field is one, and leaves out what is default', () => {
  const span = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' };
  expect(question({ ...span, f: ['record_type:is:15', 'user_id:is:15'], q: 'invoice' })).toEqual({
    ...span,
    table: 'management',
    words: 'invoice',
    filters: [
      { field: 'record_type', op: 'is', value: 15 },
      { field: 'user_id', op: 'is', value: '15' },
    ],
  });
  expect(question(span)).toEqual({ ...span, table: 'management' });
});

test('a record is laid out without changing a number or a string', () => {
  const raw = '{"Id":12345678901234567890,"a":[],"b":{ },"c":[1, {"d":"x,\\"{}: y"}],"e":null}';
  const shown = pretty(raw);
  expect(shown).toContain('"Id": 12345678901234567890');
  expect(shown).toContain('"d": "x,\\"{}: y"');
  expect(shown).toContain('"a": []');
  expect(shown.replace(/\n\s*/g, '').replaceAll('": ', '":')).toBe(
    '{"Id":12345678901234567890,"a":[],"b":{},"c":[1,{"d":"x,\\"{}: y"}],"e":null}',
  );
});

test('a torn record is shown rather than lost', () => {
  expect(pretty('{"a":"unfinished')).toContain('unfinished');
  expect(pretty(']]}')).toContain(']');
});

test('bags are listed by path, and what is no JSON is no bag', () => {
  expect(bagsOf('{"Parameters":{"Identity":"x","Forward":true},"List":[1,2]}')).toEqual([
    { path: 'Parameters.Identity', value: 'x' },
    { path: 'Parameters.Forward', value: 'true' },
    { path: 'List', value: '[1,2]' },
  ]);
  expect(bagsOf('')).toEqual([]);
  expect(bagsOf('{')).toEqual([]);
});

test('an event in an address is found again by all that names it', () => {
  const name = {
    tenant_id: '5e4a7fe2-fa56-42ed-fd32-51ecf8009afa',
    ref: '170:2',
    time: '2026-11-20T09:05:12Z',
    id: 'a,b:c',
  };
  expect(readEvent(writeEvent(name as never))).toEqual({
    tenant: name.tenant_id,
    ref: name.ref,
    time: name.time,
    id: name.id,
  });
  expect(readEvent('javascript:alert(1)')).toBeUndefined();
});
