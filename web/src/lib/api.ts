import { type Failure, failure, fromAnswer } from './errors.ts';
import { ok, type Result, refused } from './result.ts';

// The HTTP API, one function a call. It signs nothing itself: calls that need a key take an Authorize.
// No headers mean that a session cookie speaks; lapsed says that it did not work, so that this time the call itself is signed.
export type Authorize = (
  method: string,
  path: string,
  body: string,
  lapsed?: boolean,
) => Promise<Result<Record<string, string>>>;

export interface Config {
  public_urls: string[];
  endpoints: string[];
  relay: string;
  server_time?: number;
}

export interface Info {
  host: string;
  speakers: string[];
  admins: string[];
  link: string;
  recording: boolean;
  status?: 'active' | 'live' | 'open' | 'planned' | 'ended'; // live and open only in the list
  participantCount?: number;
  title?: string;
  summary?: string;
  endpoints?: string[];
  access?: 'open' | 'private';
  starts_at?: number;
}

// An entry of the list says what info says.
export type Listed = Info & { roomId: string };

export interface Created {
  roomId: string;
  endpoints: string[];
}

export interface NewNest {
  relays: string[];
  room_id?: string;
  event?: unknown;
  guests?: boolean;
}

export interface Permission {
  participant: string;
  can_publish?: boolean;
  mute_microphone?: boolean;
  is_admin?: boolean;
}

// A ban is of a key, or of the identity of a guest who was removed.
export interface Ban {
  pubkey: string;
  banned_at: number;
  until?: number;
}

export const nestPath = (id: string, rest = ''): string => `/api/v1/nests/${encodeURIComponent(id)}${rest}`;

export type Api = ReturnType<typeof createApi>;

// timeout bounds every call; base is '' on the same origin.
export function createApi(fetch: typeof globalThis.fetch, base = '', timeout = 10_000) {
  async function call<T>(method: string, path: string, headers: Record<string, string> = {}, body?: string) {
    let answer: Response;
    try {
      const init: RequestInit = { method, headers, cache: 'no-store', signal: AbortSignal.timeout(timeout) };
      if (body !== undefined)
        Object.assign(init, { body, headers: { ...headers, 'Content-Type': 'application/json' } });
      answer = await fetch(base + path, init);
    } catch {
      return refused<T>(noAnswer());
    }
    const parsed = await answer.text().then(parse, () => undefined);
    if (!answer.ok) {
      return refused<T>(fromAnswer(answer.status, answer.statusText, parsed, answer.headers.get('Retry-After')));
    }
    return ok(parsed as T);
  }

  async function signed<T>(auth: Authorize, method: string, path: string, value?: unknown): Promise<Result<T>> {
    const body = value === undefined ? undefined : JSON.stringify(value);
    const headers = await auth(method, path, body ?? '');
    if (!headers.ok) return headers;
    const answer = await call<T>(method, path, headers.value, body);
    if (answer.ok || answer.failure.status !== 401 || 'Authorization' in headers.value) return answer;
    const again = await auth(method, path, body ?? '', true);
    return again.ok ? call<T>(method, path, again.value, body) : again;
  }

  return {
    config: async () => check(await call<Config>('GET', '/api/v1/config'), isObject),
    list: async () => check(await call<{ nests: Listed[] }>('GET', '/api/v1/nests'), (v) => Array.isArray(v?.nests)),
    info: async (id: string) =>
      check(await call<Info>('GET', nestPath(id, '/info')), (v) => typeof v?.host === 'string'),
    guest: async (id: string) => check(await call<{ token: string }>('GET', nestPath(id, '/guest')), hasToken),
    join: async (id: string, auth: Authorize) =>
      check(await signed<{ token: string }>(auth, 'GET', nestPath(id)), hasToken),
    create: async (nest: NewNest, auth: Authorize) =>
      check(await signed<Created>(auth, 'PUT', '/api/v1/nests', nest), (v) => typeof v?.roomId === 'string'),
    permit: (id: string, permission: Permission, auth: Authorize) =>
      signed<unknown>(auth, 'POST', nestPath(id, '/permissions'), permission),
    hand: (id: string, raised: boolean, participant: string | undefined, auth: Authorize) =>
      signed<unknown>(auth, 'POST', nestPath(id, '/hand'), participant ? { raised, participant } : { raised }),
    muteAll: (id: string, auth: Authorize) => signed<unknown>(auth, 'POST', nestPath(id, '/mute-all')),
    remove: (id: string, identity: string, ban: boolean, auth: Authorize) =>
      signed<unknown>(auth, 'DELETE', nestPath(id, `/participants/${encodeURIComponent(identity)}`), { ban }),
    bans: async (id: string, auth: Authorize) =>
      check(await signed<{ bans: Ban[] }>(auth, 'GET', nestPath(id, '/bans')), (v) => Array.isArray(v?.bans)),
    liftBan: (id: string, pubkey: string, auth: Authorize) =>
      signed<unknown>(auth, 'DELETE', nestPath(id, `/bans/${encodeURIComponent(pubkey)}`)),
    restart: (id: string, force: boolean, auth: Authorize) =>
      signed<unknown>(auth, 'POST', nestPath(id, '/restart'), { force }),
    end: (id: string, auth: Authorize) => signed<unknown>(auth, 'DELETE', nestPath(id)),
    session: (auth: Authorize) => signed<{ pubkey: string }>(auth, 'POST', '/api/v1/session'),
    health: () => call<{ status?: string; version?: string }>('GET', '/health'),
    ready: () => call<unknown>('GET', '/ready'),

    // gate asks the door before the media server with the token in a header: a refusal then comes with its reason, and no
    // WebSocket fails, which the browser would print to the console with the token in its URL.
    gate: (origin: string, token: string) =>
      call<unknown>('GET', `${origin}/rtc/validate`, { Authorization: `Bearer ${token}` }),
  };
}

const isObject = (v: unknown): boolean => typeof v === 'object' && v !== null;
const hasToken = (v: { token: string } | undefined): boolean => typeof v?.token === 'string' && v.token !== '';

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

// check refuses a success that is not what the contract says: some other server is answering.
function check<T>(result: Result<T>, valid: (value: T) => boolean): Result<T> {
  if (!result.ok || valid(result.value)) return result;
  return refused(
    failure('unexpected_answer', 'The answer is not one of a Nests server.', 'Check the address of the server.'),
  );
}

function noAnswer(): Failure {
  return navigator.onLine === false
    ? failure(
        'offline',
        'This device is offline.',
        'Check your network; we go on by ourselves when it is back.',
        'later',
      )
    : failure(
        'server_unreachable',
        'The server does not answer.',
        'It may be restarting. Try again in a moment.',
        'later',
      );
}
