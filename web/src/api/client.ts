import createClient from 'openapi-fetch';
import { Acts } from './acts';
import { ApiError } from './error';
import type { components, paths } from './schema';

// The words of the interface, as internal/api/openapi.yaml defines them.
export type Schemas = components['schemas'];

// Nothing but this origin is ever asked. The session cookie goes along by itself.
export const api = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' });

const acts = new Acts();
if (typeof window !== 'undefined') acts.watch(window);
api.use({ onRequest: ({ request }) => acts.mark(request) });

type Answer<T> = { data?: T; error?: unknown; response: Response };

// take waits for an answer and returns its content, or throws an ApiError that
// the screens know how to show. A network that does not answer becomes one too.
// So does what waits for a second person: it is not done.
export async function take<T>(answer: Promise<Answer<T>>): Promise<Exclude<T, Schemas['Waits']>> {
  let got: Answer<T>;
  try {
    got = await answer;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw ApiError.unreachable(cause);
  }
  if (!got.response.ok) throw ApiError.from(got.error, got.response);
  const waits = ApiError.waiting(got.data, got.response);
  if (waits) throw waits;
  return got.data as Exclude<T, Schemas['Waits']>;
}
