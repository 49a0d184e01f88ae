import { afterEach, expect, test, vi } from 'vitest';
import { tail } from './tail';

// Source behaves as a browser's EventSource does towards its page.
class Source extends EventTarget {
  static CLOSED = 2;
  static last: Source;
  readyState = 0;
  constructor(readonly url: string) {
    super();
    Source.last = this;
  }
  opens() {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }
  sends(name: string, data: unknown) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
  // A connection that breaks is tried again; an answer that refuses is not.
  fails(refused: boolean) {
    this.readyState = refused ? 2 : 0;
    this.dispatchEvent(new Event('error'));
  }
  close() {
    this.readyState = 2;
  }
}

afterEach(() => void vi.unstubAllGlobals());

function setup() {
  vi.stubGlobal('EventSource', Source);
  const clock = { now: 1000 };
  const told: string[] = [];
  const stop = tail('/tail', () => clock.now, {
    events: (n) => told.push(`${n} events`),
    gap: (g) => told.push(`gap of ${g.count}`),
    rate: (r) => told.push(`${r.shown} of ${r.arrived}`),
    interrupted: (from, to) => told.push(`nothing heard from ${from} to ${to}`),
    ended: () => told.push('ended'),
  });
  return { source: Source.last, clock, told, stop };
}

test('a stream that breaks off and comes back says what time it did not hear', () => {
  const { source, clock, told } = setup();
  source.opens();
  clock.now = 2000;
  source.sends('events', [{}, {}]);
  clock.now = 3000;
  source.fails(false);
  clock.now = 4000;
  source.fails(false);
  clock.now = 5000;
  source.opens();
  source.sends('events', [{}]);
  expect(told).toEqual(['2 events', 'nothing heard from 2000 to 5000', '1 events']);
});

test('a stream that is refused, as after the end of a session, says that it ended', () => {
  const { source, told, stop } = setup();
  source.opens();
  source.fails(false);
  source.fails(true);
  expect(told).toEqual(['ended']);
  stop();
  expect(source.readyState).toBe(Source.CLOSED);
});
