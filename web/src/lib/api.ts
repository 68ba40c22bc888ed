import { failure, fromAnswer, noAnswer } from './errors.ts';
import { type Report, reportOf } from './report.ts';
import { ok, type Result, refused } from './result.ts';

// The HTTP API, one function for each request. Requests that need a key take an Authorize, which returns the headers:
// none if the session cookie suffices. lapsed means that the cookie was refused, so the request itself is to be signed.
export type Authorize = (
  method: string,
  path: string,
  body: Sent,
  lapsed?: boolean,
) => Promise<Result<Record<string, string>>>;

// The body of a request: JSON, or a file.
export type Sent = string | Uint8Array<ArrayBuffer>;

interface Load {
  body: Sent;
  type: string;
  patience: number; // ms to wait for the answer
}

export interface Config {
  pubkey?: string; // the server's own key
  public_urls: string[];
  endpoints: string[];
  relay: string;
  relays?: string[]; // relays of other servers
  server_time?: number;
}

export interface Info {
  host: string;
  speakers: string[];
  admins: string[];
  link: string;
  recording: boolean;
  status?: 'active' | 'live' | 'open' | 'planned' | 'ended'; // live and open occur only in the list
  participantCount?: number;
  title?: string;
  summary?: string;
  image?: string;
  color?: string;
  hashtags?: string[];
  guests?: boolean;
  signature_owed?: boolean;
  createdAt?: number;
  on_stage?: number;
  endpoints?: string[];
  access?: 'open' | 'private';
  starts_at?: number;
}

// An entry of the list has the fields of info.
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
  access?: 'open' | 'private';
  starts_at?: number;
}

export interface Permission {
  participant: string;
  can_publish?: boolean;
  mute_microphone?: boolean;
  is_admin?: boolean;
}

// A ban of a key, or of the identity of a removed guest.
export interface Ban {
  pubkey: string;
  banned_at: number;
  until?: number;
}

// An invite to a private nest. Its secret is returned only once, when it is created.
export interface Invite {
  id: string;
  created_at: number;
  expires_at?: number;
  max_uses?: number;
  uses: number;
}

// A stored member: a key with access, a stage right or a role, connected or not. place is access to a private nest.
export interface Member {
  pubkey: string;
  role: 'host' | 'admin' | 'member';
  on_stage: boolean;
  place: boolean;
}

export interface CheckRoom {
  endpoint: string;
  token: string;
  expires_at: number;
}

const withInvite = (path: string, invite: string): string =>
  invite === '' ? path : `${path}?invite=${encodeURIComponent(invite)}`;

export const nestPath = (id: string, rest = ''): string => `/api/v1/nests/${encodeURIComponent(id)}${rest}`;

export type Api = ReturnType<typeof createApi>;

const filePatience = 60_000; // a slow connection needs time for the upload

// timeout is in ms, and does not apply to files. base is '' on the same origin.
export function createApi(fetch: typeof globalThis.fetch, base = '', timeout = 10_000) {
  async function call<T>(method: string, path: string, headers: Record<string, string> = {}, load?: Load) {
    let answer: Response;
    try {
      const signal = AbortSignal.timeout(load?.patience ?? timeout);
      const init: RequestInit = { method, headers, cache: 'no-store', signal };
      if (load) Object.assign(init, { body: load.body, headers: { ...headers, 'Content-Type': load.type } });
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

  function signed<T>(auth: Authorize, method: string, path: string, value?: unknown): Promise<Result<T>> {
    if (value === undefined) return carried<T>(auth, method, path);
    const load = { body: JSON.stringify(value), type: 'application/json', patience: timeout };
    return carried<T>(auth, method, path, load);
  }

  async function carried<T>(auth: Authorize, method: string, path: string, load?: Load): Promise<Result<T>> {
    const headers = await auth(method, path, load?.body ?? '');
    if (!headers.ok) return headers;
    const answer = await call<T>(method, path, headers.value, load);
    if (answer.ok || answer.failure.status !== 401 || 'Authorization' in headers.value) return answer;
    const again = await auth(method, path, load?.body ?? '', true);
    return again.ok ? call<T>(method, path, again.value, load) : again;
  }

  return {
    signed, // for parts that are loaded on their own, such as the operator's
    config: async () => check(await call<Config>('GET', '/api/v1/config'), isObject),
    list: async (cursor = '') =>
      check(
        await call<{ nests: Listed[]; next?: string }>(
          'GET',
          cursor === '' ? '/api/v1/nests' : `/api/v1/nests?limit=100&cursor=${encodeURIComponent(cursor)}`,
        ),
        (v) => Array.isArray(v?.nests),
      ),
    // info needs no key, except for private nests: it is requested again with the user's key, if there is one.
    info: async (id: string, invite = '', auth: Authorize | null = null) => {
      const path = withInvite(nestPath(id, '/info'), invite);
      const answer = await call<Info>('GET', path);
      const closed = !answer.ok && answer.failure.status === 403 && auth;
      return check(closed ? await signed<Info>(auth, 'GET', path) : answer, (v) => typeof v?.host === 'string');
    },
    guest: async (id: string, invite = '') =>
      check(await call<{ token: string }>('GET', withInvite(nestPath(id, '/guest'), invite)), hasToken),
    join: async (id: string, auth: Authorize, invite = '') =>
      check(await signed<{ token: string }>(auth, 'GET', withInvite(nestPath(id), invite)), hasToken),
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
    invites: async (id: string, auth: Authorize) =>
      check(await signed<{ invites: Invite[] }>(auth, 'GET', nestPath(id, '/invites')), (v) =>
        Array.isArray(v?.invites),
      ),
    invite: async (id: string, terms: { max_uses?: number; expires_at?: number }, auth: Authorize) =>
      check(
        await signed<{ id: string; invite: string }>(auth, 'POST', nestPath(id, '/invites'), terms),
        (v) => typeof v?.invite === 'string',
      ),
    revokeInvite: (id: string, invite: string, auth: Authorize) =>
      signed<unknown>(auth, 'DELETE', nestPath(id, `/invites/${encodeURIComponent(invite)}`)),
    members: async (id: string, auth: Authorize) =>
      check(await signed<{ members: Member[] }>(auth, 'GET', nestPath(id, '/members')), (v) =>
        Array.isArray(v?.members),
      ),
    giveAccess: (id: string, pubkey: string, auth: Authorize) =>
      signed<unknown>(auth, 'PUT', nestPath(id, `/members/${encodeURIComponent(pubkey)}`)),
    revokeAccess: (id: string, pubkey: string, auth: Authorize) =>
      signed<unknown>(auth, 'DELETE', nestPath(id, `/members/${encodeURIComponent(pubkey)}`)),
    putSpace: async (id: string, event: unknown, auth: Authorize) =>
      check(await signed<Info>(auth, 'PUT', nestPath(id, '/space'), { event }), (v) => typeof v?.host === 'string'),
    putPicture: async (picture: Blob, auth: Authorize) => {
      const load = { body: new Uint8Array(await picture.arrayBuffer()), type: picture.type, patience: filePatience };
      const answer = await carried<{ url: string }>(auth, 'PUT', '/api/v1/pictures', load);
      return check(answer, (v) => typeof v?.url === 'string');
    },
    close: (id: string, auth: Authorize) => signed<unknown>(auth, 'POST', nestPath(id, '/close')),
    // event is the space of a nest that this server does not know: its author restores the nest with it.
    restart: (id: string, force: boolean, auth: Authorize, event?: unknown) =>
      signed<unknown>(auth, 'POST', nestPath(id, '/restart'), event ? { event } : { force }),
    end: (id: string, auth: Authorize) => signed<unknown>(auth, 'DELETE', nestPath(id)),
    session: (auth: Authorize) => signed<{ pubkey: string }>(auth, 'POST', '/api/v1/session'),
    endSession: () => call<unknown>('DELETE', '/api/v1/session'),
    // diagnostics is what the server finds out about a nest, or about itself; how much of it, depends on who asks.
    diagnostics: async (id: string | null, auth: Authorize | null): Promise<Result<Report>> => {
      const path = id === null ? '/api/v1/diagnostics' : nestPath(id, '/diagnostics');
      const answer = await (auth ? signed<unknown>(auth, 'GET', path) : call<unknown>('GET', path));
      if (!answer.ok) return answer;
      const report = reportOf(answer.value);
      return report ? ok(report) : refused(failure('unexpected_answer'));
    },
    checkRoom: async () =>
      check(await call<CheckRoom>('POST', '/api/v1/check-room'), (v) => hasToken(v) && typeof v.endpoint === 'string'),
    health: () => call<{ status?: string; version?: string }>('GET', '/health'),
    ready: () => call<unknown>('GET', '/ready'),

    // gate checks a token before the WebSocket opens: the answer has the reason of a refusal. A WebSocket that fails
    // would be printed to the console with the token in its URL.
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

// check refuses a success of an unexpected shape, which some other server may have sent.
function check<T>(result: Result<T>, valid: (value: T) => boolean): Result<T> {
  if (!result.ok || valid(result.value)) return result;
  return refused(failure('unexpected_answer'));
}
