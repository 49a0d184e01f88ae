import { text } from '../text';
import type { components } from './schema';

export type Code = components['schemas']['Code'];

// ApiError is the one shape in which anything goes wrong. Decide on its code,
// show its message and hint, quote its request id.
export class ApiError extends Error {
  readonly code: Code;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
  readonly status: number;
  // What waits for a second person, when that is why it is not done.
  approval: components['schemas']['Approval'] | undefined;

  constructor(
    code: Code,
    message: string,
    options: { hint?: string; requestId?: string; status?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.hint = options.hint;
    this.requestId = options.requestId;
    this.status = options.status ?? 0;
  }

  static from(body: unknown, response: Response): ApiError {
    const known =
      typeof body === 'object' && body !== null && 'error' in body ? (body.error as Record<string, unknown>) : {};
    const status = response.status;
    const requestId = asText(known.request_id) ?? response.headers.get('X-Request-Id') ?? undefined;
    const code = (asText(known.code) as Code | undefined) ?? codeOfStatus(status);
    return new ApiError(code, sentence(asText(known.message)) ?? text.error.unexpected(status), {
      hint: sentence(asText(known.hint)),
      requestId,
      status,
    });
  }

  static waiting(body: unknown, response: Response): ApiError | undefined {
    if (response.status !== 202 || typeof body !== 'object' || body === null || !('approval' in body)) return undefined;
    const e = new ApiError('conflict', text.approvals.waits, { status: 202 });
    e.approval = body.approval as components['schemas']['Approval'];
    return e;
  }

  static unreachable(cause: unknown): ApiError {
    return new ApiError('unavailable', text.error.unreachable, { hint: text.error.unreachableHint, cause });
  }

  // of makes an ApiError of whatever was thrown, for the places that show it.
  static of(thrown: unknown): ApiError {
    if (thrown instanceof ApiError) return thrown;
    return new ApiError('internal', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }

  // settled says that a second person does the rest: asking again is idle.
  get settled(): boolean {
    return this.approval !== undefined && !this.approval.repeats;
  }

  // Asking again may help with these, and with no others.
  get passing(): boolean {
    return this.code === 'unavailable' || this.code === 'throttled' || this.status >= 502;
  }
}

// sentence begins what the server says, which stands in the middle of a line
// elsewhere, as a sentence: unless it begins with a name that is typed so.
export function sentence(said: string | undefined): string | undefined {
  return said?.replace(/^(?!nightjar )[a-z]+(?=[ ,;:’'-]|$)/, (word) => word.charAt(0).toUpperCase() + word.slice(1));
}

function asText(v: unknown): string | undefined {
  return typeof v === 'string' && v !== '' ? v : undefined;
}

// What a proxy in between answers has no code of ours.
function codeOfStatus(status: number): Code {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 413) return 'too_large';
  if (status === 429) return 'throttled';
  return status >= 500 ? 'unavailable' : 'internal';
}
