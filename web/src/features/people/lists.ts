import { computed, effect, signal } from '@preact/signals';
import { failure } from '../../lib/errors.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import { kinds } from '../../nostr/kinds.ts';
import { isNewer, newest, waitUntilOpen } from '../../nostr/newest.ts';
import type { Link } from '../../nostr/relay.ts';
import type { EventTemplate, NostrEvent } from '../../nostr/signer.ts';
import type { Session } from '../session/session.ts';

export type ListKind = typeof kinds.follows | typeof kinds.mutes;
export type Reading = 'reading' | 'read' | 'missing'; // missing: no relay has the list, or no relay answers

const relaysMost = 5; // of the user's own

export type Lists = ReturnType<typeof createLists>;

// createLists holds the user's follow list and mute list. A change fetches the newest list from the user's
// relays, changes one entry and publishes it there. Without the newest list nothing is published, because
// that would delete the other entries.
export function createLists(session: Session, connect: (url: string) => Link) {
  const known = signal<Partial<Record<ListKind, NostrEvent>>>({});
  const has = (kind: ListKind) => computed(() => new Set(known.value[kind] ? keysIn(known.value[kind]) : []));
  const following = has(kinds.follows);
  const followingState = signal<Reading>('reading');
  const relays = signal<string[]>([]); // the user's own relays (NIP-65), as far as known
  const muted = has(kinds.mutes);
  let whose = '';

  // Load the lists once the user is known.
  effect(() => {
    const pubkey = session.user.value?.pubkey ?? '';
    if (pubkey === whose) return;
    whose = pubkey;
    known.value = {};
    relays.value = [];
    if (pubkey === '') return;
    void reloadFollowing();
    void read(kinds.mutes).then(close);
  });

  // reloadFollowing loads the follow list again.
  async function reloadFollowing(): Promise<void> {
    const pubkey = whose;
    if (!known.peek()[kinds.follows]) followingState.value = 'reading';
    close(await read(kinds.follows));
    if (pubkey === whose) followingState.value = known.peek()[kinds.follows] ? 'read' : 'missing';
  }

  async function read(kind: ListKind): Promise<{ event: NostrEvent | null; links: Link[] } | null> {
    const pubkey = session.user.peek()?.pubkey;
    const server = await session.server();
    if (!server.ok || !pubkey) return null;
    const ours = connect(server.value.relay);
    const list = await newest(ours, { kinds: [kinds.relays], authors: [pubkey] });
    const mine = relaysIn(list);
    const isNews = list !== undefined && mine.join() !== relays.peek().join();
    if (isNews && pubkey === session.user.peek()?.pubkey) relays.value = mine;
    const own = relaysIn(list, 'write').map(connect);
    const links = [ours, ...own];
    const found = await Promise.all(links.map((link) => newest(link, { kinds: [kind], authors: [pubkey] })));
    // Any of the user's write relays may have the newest list; another client may have left out this server's. So
    // the relay list must be known.
    const tells = own.length > 0 ? found.slice(1) : found;
    const answered = list !== undefined && tells.some((event) => event !== undefined);
    const event = found.reduce<NostrEvent | null>((best, one) => (one && isNewer(one, best) ? one : best), null);
    if (event && pubkey === session.user.peek()?.pubkey && isNewer(event, known.peek()[kind] ?? null)) {
      known.value = { ...known.peek(), [kind]: event };
    }
    if (answered) return { event, links };
    close({ links });
    return null;
  }

  // change adds a key to a list of the current user or removes it. Changes run one after another, so that none
  // overwrites another.
  let turn: Promise<unknown> = Promise.resolve();
  function change(kind: ListKind, pubkey: string, on: boolean): Promise<Result<null>> {
    const owner = whose;
    const mine = turn.then(() => write(owner, kind, pubkey, on));
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function write(owner: string, kind: ListKind, pubkey: string, on: boolean): Promise<Result<null>> {
    const isOwner = () => owner === session.user.peek()?.pubkey;
    const now = isOwner() ? await read(kind) : null;
    const before = now && newerOf(now.event, known.peek()[kind] ?? null);
    // The account may change during the fetch. Another account must not sign this list.
    if (!now || !isOwner() || (!before && !session.madeHere())) {
      close(now);
      return refused(failure('list_unknown', 'later'));
    }
    const signed = await session.sign(changed(kind, before, pubkey, on, session.now()));
    if (signed.ok) {
      const taken = await Promise.all(
        now.links.map(async (link) => (await waitUntilOpen(link)) && (await link.publish(signed.value)).ok),
      );
      if (!taken.some(Boolean)) {
        close(now);
        return refused(failure('list_refused', 'later'));
      }
      if (isOwner()) {
        known.value = { ...known.peek(), [kind]: signed.value };
        if (kind === kinds.follows) followingState.value = 'read';
      }
    }
    close(now);
    return signed.ok ? ok(null) : signed;
  }

  return {
    following,
    followingState,
    reloadFollowing,
    muted,
    relays,
    follow: (pubkey: string, on: boolean) => change(kinds.follows, pubkey, on),
    mute: (pubkey: string, on: boolean) => change(kinds.mutes, pubkey, on),
  };
}

// changed returns a list with one entry added or removed. Other tags and the content stay byte for byte.
export function changed(
  kind: ListKind,
  before: NostrEvent | null,
  pubkey: string,
  on: boolean,
  now: number,
): EventTemplate {
  const tags = before?.tags ?? [];
  const isIt = ([name, value]: string[]) => name === 'p' && value === pubkey;
  const next = on ? (tags.some(isIt) ? tags : [...tags, ['p', pubkey]]) : tags.filter((tag) => !isIt(tag));
  const created_at = Math.max(Math.floor(now / 1000), (before?.created_at ?? 0) + 1);
  return { kind, created_at, content: before?.content ?? '', tags: next };
}

export const keysIn = ({ tags }: NostrEvent): string[] =>
  tags.filter(([name, value]) => name === 'p' && /^[0-9a-f]{64}$/.test(value ?? '')).map((tag) => tag[1] ?? '');

function close(read: { links: Link[] } | null): void {
  for (const link of read?.links ?? []) link.close();
}

const newerOf = (a: NostrEvent | null, b: NostrEvent | null) => (a && isNewer(a, b) ? a : b);

const relaysIn = (list: NostrEvent | null | undefined, use?: 'write'): string[] =>
  [
    ...new Set(
      (list?.tags ?? [])
        .filter(([name, url, marker]) => name === 'r' && url?.startsWith('wss://') && !(use && marker === 'read'))
        .map((tag) => tag[1] ?? ''),
    ),
  ].slice(0, relaysMost);
