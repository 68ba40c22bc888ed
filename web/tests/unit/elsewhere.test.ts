import { finalizeEvent, generateSecretKey, getPublicKey, verifiedSymbol } from 'nostr-tools/pure';
import { afterEach, expect, it, vi } from 'vitest';
import { type Elsewhere, watchElsewhere } from '../../src/features/lobby/elsewhere.ts';
import type { Link, Listener } from '../../src/nostr/relay.ts';
import type { NostrEvent } from '../../src/nostr/signer.ts';

const now = Date.now();
const s = Math.floor(now / 1000);
const day = 24 * 3600;
const [one, two] = [generateSecretKey(), generateSecretKey()];

type More = Partial<NostrEvent> & { status?: string; title?: string; service?: string };

const unsigned = (d: string, more: More = {}) => ({
  kind: 30312,
  created_at: more.created_at ?? s,
  content: '',
  tags: [
    ['d', d],
    ['room', more.title ?? d],
    ['status', more.status ?? 'open'],
    ['service', more.service ?? 'https://there.example'],
    ...(more.tags ?? []),
  ],
});

const space = (d: string, more: More = {}, secret = one) => finalizeEvent(unsigned(d, more), secret);

const presence = (d: string, created_at = s) =>
  finalizeEvent(
    { kind: 10312, created_at, content: '', tags: [['a', `30312:${getPublicKey(one)}:${d}`, '', 'root']] },
    two,
  );

// relays answer with the stored events of the kind that is asked for, and keep who listens.
function relays(stored: Record<string, NostrEvent[]>, copy: (event: NostrEvent) => NostrEvent) {
  const listeners = new Map<string, Set<Listener>>();
  const connect = (url: string): Link => {
    const mine = new Set<Listener>();
    listeners.set(url, mine);
    return {
      state: { value: 'open' },
      listen: (listener) => {
        mine.add(listener);
        queueMicrotask(() => {
          const [filter] = listener.filters;
          for (const event of stored[url] ?? []) {
            if (filter?.kinds?.includes(event.kind)) listener.onEvent(copy(event));
          }
          listener.onEnd?.();
        });
        return () => mine.delete(listener);
      },
      fetch: async () => null,
      publish: async () => ({ ok: false, lost: true, words: '' }),
      renew: () => {},
      close: () => listeners.delete(url),
    };
  };
  return { connect, listeners };
}

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

// As over the wire: whatever the library knows of a signature is lost.
const asJson = (event: NostrEvent): NostrEvent => JSON.parse(JSON.stringify(event));

function watch(stored: Record<string, NostrEvent[]>, urls = Object.keys(stored), copy = asJson) {
  const { connect, listeners } = relays(stored, copy);
  let seen: Elsewhere[] = [];
  const stop = watchElsewhere({
    relays: urls,
    ours: ['https://here.example'],
    now: () => now,
    connect,
    onChange: (nests) => {
      seen = nests;
    },
  });
  stops.push(stop);
  return { titles: () => seen.map(({ title }) => title), listeners, stop };
}

const a = 'wss://a.example';

it('shows one event of each address: the newest, or the lower id of one second', async () => {
  const twins = [space('x', { title: 'left' }), space('x', { title: 'right' })].sort((p, q) => (p.id < q.id ? -1 : 1));
  const winner = twins[0]?.tags[1]?.[1];
  const { titles } = watch({
    [a]: [twins[1] as NostrEvent, space('y', { title: 'new' })],
    'wss://b.example': [
      twins[0] as NostrEvent,
      space('y', { title: 'old', created_at: s - 60 }),
      space('y', { title: 'other' }, two),
    ],
  });
  await vi.waitFor(() => expect(titles().sort()).toEqual([winner, 'new', 'other'].sort()));
});

it('drops a space whose newest event closes it, makes it private or moves it here', async () => {
  const later = { created_at: s + 1 };
  const { titles } = watch({
    [a]: [
      space('closed'),
      space('private'),
      space('moved'),
      space('stays'),
      space('closed', { ...later, status: 'closed' }),
      space('moved', { ...later, service: 'https://here.example' }),
      space('private', { ...later, status: 'private' }),
    ],
  });
  await vi.waitFor(() => expect(titles()).toEqual(['stays']));
});

it('drops events with a wrong signature, from the future or of a wrong shape', async () => {
  const good = space('good');
  const { titles } = watch({
    [a]: [
      { ...space('forged'), sig: good.sig },
      { ...space('changed'), tags: space('other').tags },
      { ...space('stolen'), pubkey: getPublicKey(two) },
      space('future', { created_at: s + day }),
      { kind: 30312 } as NostrEvent,
      { ...good, tags: 'none' as unknown as string[][], created_at: s },
      good,
    ],
  });
  await vi.waitFor(() => expect(titles()).toEqual(['good']));
});

it('shows an old space only while a presence is recent or its start lies ahead', async () => {
  const old = { created_at: s - 2 * day };
  const { titles } = watch({
    [a]: [
      space('dead', old),
      space('alive', old),
      space('left long ago', old),
      space('planned', { ...old, status: 'planned', tags: [['starts', String(s + day)]] }),
      presence('alive'),
      presence('left long ago', s - 2 * day),
    ],
  });
  await vi.waitFor(() => expect(titles()).toEqual(['alive', 'planned']));
});

it('limits the events of one relay and the nests that are shown', async () => {
  // Hundreds of signatures take seconds: these events are marked as verified instead.
  const [pubkey, sig] = [getPublicKey(one), ''];
  const flood = Array.from({ length: 250 }, (_, n) => {
    const event = unsigned(`n${n}`, { created_at: s - n });
    return { ...event, id: String(n).padStart(64, '0'), pubkey, sig, [verifiedSymbol]: true };
  });
  const { titles, listeners } = watch({ [a]: flood }, [a], (event) => event);
  await vi.waitFor(() => expect(titles()).toHaveLength(100));
  expect(titles().at(0)).toBe('n0');
  expect(titles()).not.toContain('n100');
  expect(listeners.has(a)).toBe(false); // closed at the limit
});

it('connects anonymously to few relays, each once, only to safe ones, and closes them all', async () => {
  const many = Array.from({ length: 20 }, (_, n) => `wss://r${n}.example`);
  const { listeners, stop } = watch({}, ['https://x.example', 'junk', 'wss://r0.example/', ...many]);
  expect([...listeners.keys()]).toEqual(many.slice(0, 8));
  for (const mine of listeners.values()) for (const listener of mine) expect(listener.anonymous).toBe(true);
  stop();
  expect(listeners.size).toBe(0);
});
