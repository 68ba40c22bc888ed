// The one value every failure becomes; page, toast and diagnostics all render it, in the words that failureText.ts
// finds for its code.

// again: the same call may work now. later: it will work once the other side recovers. never: something must change
// first.
export type Retry = 'again' | 'later' | 'never';

export interface Failure {
  code: string; // word of the shared vocabulary: the API's `code`, or one of ours for this side
  cause: string; // one plain sentence of the server's, '' for failures of this side
  hint: string; // the server's, what to do about it
  retry: Retry;
  status: number; // HTTP status, 0 when there was no answer
  statusText: string;
  requestId?: string;
  retryAfter?: number; // seconds
  serverTime?: number; // unix ms, told with clock refusals
  // What an ended or planned nest may still tell.
  title?: string;
  host?: string;
  endedAt?: number;
  startsAt?: number;
}

// Codes made on this side; those of the server come as they are. The catalogue has error.<code> and error.<code>.hint
// for each.
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

export function failure(code: ClientCode, retry: Retry = 'again'): Failure {
  return { code, cause: '', hint: '', retry, status: 0, statusText: '' };
}

const unreachable = (status = 0, statusText = ''): Failure => ({
  ...failure('server_unreachable', 'later'),
  status,
  statusText,
});

// isAway is true where nobody answered: this device is offline, or the server is.
export const isAway = ({ code }: Failure): boolean => code === 'offline' || code === 'server_unreachable';

// noAnswer is the failure of whatever did not come over the network: an answer, or a part of the app itself.
export const noAnswer = (): Failure => failure(navigator.onLine === false ? 'offline' : 'server_unreachable', 'later');

// Where time alone may help. Any other refusal of the 4xx family needs somebody to act.
function retryOf(status: number): Retry {
  if (status === 429 || status >= 500) return 'later';
  return status === 404 || status === 401 ? 'again' : 'never';
}

const text = (v: unknown): string | undefined => (typeof v === 'string' && v !== '' ? v : undefined);
const number = (v: unknown): number | undefined => (typeof v === 'number' && Number.isFinite(v) ? v : undefined);

// fromAnswer reads an API error body; anything that is not one is named so, never shown raw.
export function fromAnswer(status: number, statusText: string, body: unknown, retryAfter: string | null): Failure {
  const b = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  // A proxy that speaks for a server which is away.
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
