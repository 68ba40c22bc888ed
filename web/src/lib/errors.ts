// Every failure becomes a Failure. Page, toast and diagnostics show it with the texts of failureText.ts.

// again: the same request may work now. later: it may work once the other side has recovered. never: something must
// change first.
export type Retry = 'again' | 'later' | 'never';

export interface Failure {
  code: string; // the API's code, or a ClientCode
  cause: string; // a sentence from the server, '' for failures on this side
  hint: string; // from the server: what to do about it
  retry: Retry;
  status: number; // HTTP status, 0 when there was no answer
  statusText: string;
  requestId?: string;
  retryAfter?: number; // s
  serverTime?: number; // unix ms; the server sends its time when the client's clock is wrong
  // About an ended or planned nest.
  title?: string;
  host?: string;
  endedAt?: number;
  startsAt?: number;
}

// Codes of this side. The catalogue has error.<code> and error.<code>.hint for each. The server's codes are passed on
// unchanged.
export type ClientCode =
  | 'offline'
  | 'server_unreachable'
  | 'unexpected_answer'
  | 'signer_refused'
  | 'signer_silent'
  | 'signer_missing'
  | 'signer_changed'
  | 'signer_gone'
  | 'wrong_passphrase'
  | 'bad_key'
  | 'bad_bunker'
  | 'not_a_picture'
  | 'picture_too_big'
  | 'space_unknown'
  | 'list_unknown'
  | 'list_refused'
  | 'note_refused'
  | 'media_unreachable_from_client'
  | 'no_webrtc'
  | 'mic_denied'
  | 'no_mic'
  | 'mic_busy'
  | 'mic_silent'
  | 'in_app_browser'
  | 'insecure_origin';

// failure returns a failure that happened in this app, without an answer of the server.
export function failure(code: ClientCode, retry: Retry = 'again'): Failure {
  return { code, cause: '', hint: '', retry, status: 0, statusText: '' };
}

const unreachable = (status = 0, statusText = ''): Failure => ({
  ...failure('server_unreachable', 'later'),
  status,
  statusText,
});

// isAway reports whether there was no answer: this device is offline, or the server is unreachable.
export const isAway = ({ code }: Failure): boolean => code === 'offline' || code === 'server_unreachable';

// noAnswer is the failure of a request or of a part of the app that could not be loaded.
export const noAnswer = (): Failure => failure(navigator.onLine === false ? 'offline' : 'server_unreachable', 'later');

// A rate limit or a server error may pass with time. Any other refusal needs a change.
function retryOf(status: number): Retry {
  if (status === 429 || status >= 500) return 'later';
  return status === 404 || status === 401 ? 'again' : 'never';
}

const text = (v: unknown): string | undefined => (typeof v === 'string' && v !== '' ? v : undefined);
const number = (v: unknown): number | undefined => (typeof v === 'number' && Number.isFinite(v) ? v : undefined);

// fromAnswer reads the body of an API error. Any other body becomes unexpected_answer, and is never shown.
export function fromAnswer(status: number, statusText: string, body: unknown, retryAfter: string | null): Failure {
  const b = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  // A proxy answers for a server that is unreachable.
  if (status >= 502 && status <= 504 && !text(b.code) && !text(b.error)) return unreachable(status, statusText);
  const out: Failure = {
    code: text(b.code) ?? (status === 404 ? 'nest_not_found' : 'unexpected_answer'),
    cause: text(b.error) ?? '',
    hint: text(b.hint) ?? '',
    retry: retryOf(status),
    status,
    statusText: statusText || (text(b.error) ?? ''),
  };
  const wait = number(b.retry_after) ?? (retryAfter ? Number(retryAfter) : undefined);
  if (wait !== undefined && Number.isFinite(wait)) out.retryAfter = wait;
  const optional = {
    requestId: text(b.request_id),
    serverTime: number(b.server_time),
    title: text(b.title),
    host: text(b.host),
    endedAt: number(b.ended_at),
    startsAt: number(b.starts_at),
  };
  return Object.assign(out, Object.fromEntries(Object.entries(optional).filter(([, v]) => v !== undefined)));
}
