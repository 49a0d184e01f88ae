import { describe, expect, it } from 'vitest';
import { type Draft, lacking, whatOf } from './draft';

const draft: Draft = {
  rule: 'lockouts',
  entity: ' user:anna@contoso.com ',
  text: '',
  tenant: '',
  meanwhile: false,
  source: 'sprays',
  shared: ['user'],
};

describe('a silence that is being made', () => {
  it('names no other rule until it is one that holds meanwhile', () => {
    expect(whatOf(draft)).toEqual({
      kind: 'silence',
      matchers: [
        { field: 'rule', values: ['lockouts'] },
        { field: 'entity', values: ['user:anna@contoso.com'] },
      ],
    });
    expect(whatOf({ ...draft, entity: '', tenant: 't', meanwhile: true })).toEqual({
      kind: 'inhibition',
      tenants: ['t'],
      matchers: [{ field: 'rule', values: ['lockouts'] }],
      sources: [{ field: 'rule', values: ['sprays'] }],
      shared: ['user'],
    });
  });
  it('lacks what it is about, then what explains it', () => {
    const empty = { ...draft, rule: '', entity: ' ' };
    expect(lacking(whatOf(empty))).toBe('matchers');
    expect(lacking(whatOf({ ...empty, meanwhile: true }))).toBe('matchers');
    expect(lacking(whatOf(draft))).toBeUndefined();
    expect(lacking(whatOf({ ...draft, source: '' }))).toBeUndefined();
    expect(lacking(whatOf({ ...draft, meanwhile: true, source: '' }))).toBe('sources');
    expect(lacking(whatOf({ ...draft, meanwhile: true }))).toBeUndefined();
  });
});
