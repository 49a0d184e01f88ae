import type { Schemas } from '../api/client';
import { ApiError } from '../api/error';

type Export = Schemas['Export'];

// patience is how often in a row asking may go wrong: the download itself goes
// on meanwhile, and hundred times the pause is more than a restart takes.
const patience = 100;

// progress tells how far a download is until it is over. What passes by
// itself, a network that is away or too many questions, is no end of it.
export async function* progress(
  begun: Export,
  ask: () => Promise<Export>,
  pause: () => Promise<unknown>,
): AsyncGenerator<Export> {
  let now = begun;
  for (let wrong = 0; now.state === 'waiting' || now.state === 'running'; ) {
    await pause();
    try {
      now = await ask();
      wrong = 0;
    } catch (thrown) {
      const error = ApiError.of(thrown);
      if (error.passing && ++wrong < patience) continue;
      now = { ...now, state: 'failed', error: error.message };
    }
    yield now;
  }
}
