// Gap is what a stream left out because it came too fast, and when that was.
export type Gap = { count: number; from: string; to: string };
export type Rate = { shown: number; arrived: number };

// joined is two gaps as one, which holds both.
export function joined(a: Gap, b: Gap): Gap {
  const first = Date.parse(a.from) <= Date.parse(b.from) ? a.from : b.from;
  const last = Date.parse(a.to) >= Date.parse(b.to) ? a.to : b.to;
  return { count: a.count + b.count, from: first, to: last };
}

export type Follower = {
  events: (count: number) => void;
  gap: (gap: Gap) => void;
  rate: (rate: Rate) => void;
  // interrupted: nothing was heard between two times, and the stream goes on.
  interrupted: (from: number, to: number) => void;
  // ended: the stream was refused, and does not come back by itself.
  ended: () => void;
};

// tail follows a stream of events until the returned function is called. A
// browser connects again by itself, and the stream then begins anew: what
// arrived in between is in none of them.
export function tail(url: string, now: () => number, f: Follower): () => void {
  const source = new EventSource(url);
  let heard: number | undefined;
  let broken: number | undefined;
  const listen = <T>(name: string, act: (data: T) => void) =>
    source.addEventListener(name, (e) => {
      heard = now();
      act(JSON.parse((e as MessageEvent<string>).data) as T);
    });
  listen<unknown[]>('events', (events) => f.events(events.length));
  listen('gap', f.gap);
  listen('rate', f.rate);
  source.addEventListener('open', () => {
    if (broken !== undefined) f.interrupted(broken, now());
    heard = now();
    broken = undefined;
  });
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) f.ended();
    else if (heard !== undefined) broken ??= heard;
  });
  return () => source.close();
}
