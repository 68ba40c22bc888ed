import { signal } from '@preact/signals';
import type { Api, Authorize } from '../../lib/api.ts';
import { type Failure, failure } from '../../lib/errors.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { Session } from '../session/session.ts';

// The operator's part of the API (GET /api/docs, "For operators").

export interface Overview {
  nests: { live: number; planned: number; ended: number };
  inside?: number;
  on_stage?: number;
  media_answers: boolean;
  drifts: unknown[];
  outbox: { pending: number; overdue: number; refused: number; gave_up: number; relays: RelayQueue[] };
}

interface RelayQueue {
  relay: string;
  state: 'pending' | 'refused' | 'gave_up';
  count: number;
  words: string;
}

export interface Overseen {
  roomId: string;
  host: string;
  title: string;
  status: 'live' | 'open' | 'planned' | 'ended';
  access: 'open' | 'private';
  participantCount?: number;
  people: { identity: string; on_stage: boolean }[];
}

export interface Report {
  id: string;
  by: string;
  at: number;
  why: string;
  words: string;
  pubkey?: string;
  nest?: string;
  text?: string; // of the reported event
  author?: string; // of that event, not always the reported pubkey
}

export interface Block {
  subject: string; // a key or an address range
  reason?: string;
  at: number;
  until?: number;
}

export interface Limits {
  nests: number; // for any key; 0 means no limit
  quotas: { pubkey: string; nests: number }[];
  create: 'anyone' | 'list' | 'follows';
  creators: { pubkey: string }[];
}

export interface Act {
  at: number;
  actor: string;
  act: string;
  target?: string;
  nest?: string;
  outcome: string;
}

// Loaded is a value that is loading, shown or failed. A reload keeps the value on screen.
export type Loaded<T> = { at: 'loading' } | { at: 'shown'; value: T } | { at: 'failed'; failure: Failure };

export type Part<T> = ReturnType<typeof part<T>>;

// latestOnly returns a function that awaits a request's result. It returns undefined if a newer request was started in
// the meantime.
function latestOnly<T>() {
  let newest = 0;
  return async (request: Promise<Result<T>>): Promise<Result<T> | undefined> => {
    const id = ++newest;
    const result = await request;
    return id === newest ? result : undefined;
  };
}

// part is one section of the page: its state, and a function that loads or reloads it.
function part<T>(ask: () => Promise<Result<T>>) {
  const state = signal<Loaded<T>>({ at: 'loading' });
  const ifLatest = latestOnly<T>();
  async function load(): Promise<void> {
    const answer = await ifLatest(ask());
    if (!answer) return;
    state.value = answer.ok ? { at: 'shown', value: answer.value } : { at: 'failed', failure: answer.failure };
  }
  return { state, load };
}

// pages is a list of several pages: load fetches the first page again, loadMore adds the next.
function pages<T>(ask: (cursor: string) => Promise<Result<{ items: T[]; next: string }>>) {
  const state = signal<Loaded<T[]>>({ at: 'loading' });
  const more = signal(false);
  const ifLatest = latestOnly<{ items: T[]; next: string }>();
  let next = '';
  let turned = false; // further pages are shown
  async function turn(before: T[], cursor: string): Promise<void> {
    turned = cursor !== '';
    const answer = await ifLatest(ask(cursor));
    if (!answer) return;
    if (!answer.ok) {
      state.value = { at: 'failed', failure: answer.failure };
      return;
    }
    next = answer.value.next;
    more.value = next !== '';
    state.value = { at: 'shown', value: [...before, ...answer.value.items] };
  }
  const load = (): Promise<void> => turn([], '');
  async function loadMore(): Promise<void> {
    const shown = state.peek();
    if (shown.at === 'shown' && next) await turn(shown.value, next);
  }
  // refresh is load for a timer. It does nothing if further pages are shown.
  async function refresh(): Promise<void> {
    if (!turned || state.peek().at === 'failed') await load();
  }
  return { state, load, refresh, more, loadMore };
}

export type Pages<T> = ReturnType<typeof pages<T>>;
export type Operator = ReturnType<typeof createOperator>;

const base = '/api/v1/operator';
const every = 10_000; // ms

// createOperator holds the data and the actions of the operator's panels, which are loaded again every few seconds.
export function createOperator(api: Api, session: Pick<Session, 'user' | 'authorize'>) {
  const is = signal(false); // the server says that the user is an operator
  const all = signal(false); // include empty nests

  const call = <T>(method: string, path: string, body?: unknown): Promise<Result<T>> =>
    api.signed<T>(session.authorize, method, base + path, body);

  // find asks the server once whether the user is an operator. It never asks a signer: an existing session
  // answers, or nothing does.
  const quietly: Authorize = async (method, path, body, lapsed) => {
    if (session.user.peek()?.signer.kind === 'local') return session.authorize(method, path, body);
    return lapsed ? refused(failure('signer_missing')) : ok({});
  };
  async function find(): Promise<void> {
    if (!session.user.peek()) return;
    is.value = (await api.signed<unknown>(quietly, 'GET', `${base}/overview`)).ok;
  }

  const overview = part(() => call<Overview>('GET', '/overview'));
  const nests = pages<Overseen>(async (cursor) => {
    const query = new URLSearchParams({ limit: '50', ...(all.peek() ? {} : { inhabited: 'true' }), cursor });
    if (cursor === '') query.delete('cursor');
    const answer = await call<{ nests: Overseen[]; next: string }>('GET', `/nests?${query}`);
    return answer.ok ? ok({ items: answer.value.nests, next: answer.value.next }) : answer;
  });
  const reports = pages<Report>(async (cursor) => {
    const answer = await call<{ reports: Report[]; next: string }>('GET', `/reports${after('?', cursor)}`);
    return answer.ok ? ok({ items: answer.value.reports, next: answer.value.next }) : answer;
  });
  const blocks = part(async () => {
    const answer = await call<{ blocks: Block[] }>('GET', '/blocks');
    return answer.ok ? ok(answer.value.blocks) : answer;
  });
  const limits = part<Limits>(async () => {
    const [quotas, creators] = await Promise.all([
      call<Pick<Limits, 'nests' | 'quotas'>>('GET', '/quotas'),
      call<Pick<Limits, 'create' | 'creators'>>('GET', '/creators'),
    ]);
    if (!quotas.ok) return quotas;
    return creators.ok ? ok({ ...quotas.value, ...creators.value }) : creators;
  });
  const audit = pages<Act>(async (cursor) => {
    const answer = await call<{ acts: Act[]; next: string }>('GET', `/audit?limit=20${after('&', cursor)}`);
    return answer.ok ? ok({ items: answer.value.acts, next: answer.value.next }) : answer;
  });

  // act runs an action and reloads the parts it changed, and the audit log.
  async function act(change: Promise<Result<unknown>>, ...changed: { load: () => Promise<void> }[]) {
    const answer = await change;
    await Promise.all([...changed, audit].map(({ load }) => load()));
    return answer;
  }

  const showAll = (is: boolean): Promise<void> => {
    all.value = is;
    return nests.load();
  };

  // watch loads all parts, and refreshes them while the page is visible.
  function watch(): () => void {
    for (const { load } of [overview, nests, reports, blocks, limits, audit]) void load();
    const timer = setInterval(() => {
      if (document.visibilityState === 'hidden') return;
      void overview.load();
      void nests.refresh();
    }, every);
    return () => clearInterval(timer);
  }

  return {
    is,
    find,
    watch,
    all,
    showAll,
    overview,
    nests,
    reports,
    blocks,
    limits,
    audit,
    end: (id: string) => act(call('DELETE', `/nests/${encodeURIComponent(id)}`), nests, overview),
    block: (subject: string, reason = '', until = 0) =>
      act(call('POST', '/blocks', { subject, reason, ...(until ? { until } : {}) }), blocks, nests, overview),
    unblock: (subject: string) => act(call('DELETE', `/blocks/${encodeURIComponent(subject)}`), blocks),
    dismiss: (id: string) => act(call('DELETE', `/reports/${id}`), reports),
    setQuota: (key: string, nests: number) => act(call('PUT', `/quotas/${encodeURIComponent(key)}`, { nests }), limits),
    clearQuota: (key: string) => act(call('DELETE', `/quotas/${encodeURIComponent(key)}`), limits),
    addCreator: (key: string) => act(call('PUT', `/creators/${encodeURIComponent(key)}`), limits),
    removeCreator: (key: string) => act(call('DELETE', `/creators/${encodeURIComponent(key)}`), limits),
  };
}

const after = (mark: string, cursor: string): string => (cursor ? `${mark}cursor=${encodeURIComponent(cursor)}` : '');
