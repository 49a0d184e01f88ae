// Whether anybody sits in front of the page. A session ends after half an hour
// in which nobody did anything, so what a page asks by itself must not keep it
// alive: each request is marked as the page's own unless somebody touched the
// page since the last one that was not.

export const backgroundHeader = 'Nightjar-Background';

export class Acts {
  // Whoever opened the page did something.
  #acted = true;

  // watch takes notice of what people do with their hands. Events that a
  // script makes up are nobody's.
  watch(target: EventTarget): void {
    for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
      target.addEventListener(kind, (e) => e.isTrusted && this.note(), { capture: true, passive: true });
    }
  }

  note(): void {
    this.#acted = true;
  }

  // mark says of a request whether it is the page's own.
  mark(request: Request): void {
    if (!this.#acted) request.headers.set(backgroundHeader, '1');
    this.#acted = false;
  }
}
