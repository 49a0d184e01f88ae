// Now tells Nightjar's time. A browser's clock may be wrong, and a rehearsal's
// clock starts elsewhere and runs faster; spans and ages follow the server's.
export class Now {
  #at: { server: number; here: number } | undefined;
  #pace = 1;
  readonly #here: () => number;

  constructor(here: () => number = () => Date.now()) {
    this.#here = here;
  }

  // observe takes the time that an answer carried.
  observe(time: string): void {
    const server = Date.parse(time);
    if (Number.isNaN(server)) return;
    const here = this.#here();
    const before = this.#at;
    if (before && here - before.here < 2_000) return;
    if (before) {
      const pace = (server - before.server) / (here - before.here);
      // A network's delay makes a clock seem a little fast or slow; only a
      // clock that plainly runs at another pace is followed.
      this.#pace = Math.abs(pace - 1) > 0.5 ? Math.max(0, Math.min(100_000, pace)) : 1;
    }
    this.#at = { server, here };
  }

  // now is in milliseconds. Before anything was observed it is the browser's,
  // and while the two agree within seconds as well.
  now(): number {
    const here = this.#here();
    if (!this.#at) return here;
    return this.#at.server + (here - this.#at.here) * this.#pace;
  }
}
