import { computed, effect, signal } from '@preact/signals';
import { ok, type Result } from '../../lib/result.ts';
import { sleep } from '../../lib/time.ts';
import { kinds } from '../../nostr/kinds.ts';
import type { Link } from '../../nostr/relay.ts';
import type { NostrEvent } from '../../nostr/signer.ts';
import { createVerifier } from '../../nostr/verify.ts';
import type { Session } from '../session/session.ts';
import {
  aTagForms,
  type ChatNest,
  type Delivery,
  type Message,
  merge,
  mutedIn,
  read,
  shown,
  template,
  unreadIn,
} from './message.ts';

export type Chat = ReturnType<typeof createChat>;

const page = 100; // messages requested at a time; a relay may return fewer

type Connect = (url: string) => Link;

// The chat of the nest that the user is in, over one connection to the server's relay. It stays open as long as the
// user is in the nest, on whichever page.
export function createChat(session: Session, connect: Connect) {
  const all = signal<readonly Message[]>([]);
  const muted = signal<ReadonlySet<string>>(new Set());
  const loaded = signal(false); // the stored messages have arrived
  const older = signal<'more' | 'loading' | 'failed' | 'none'>('none');
  const refused = signal(''); // the relay's message when it refuses the subscription
  const seen = signal<Message | null>(null);
  const line = signal<Link['state']['value']>('connecting');
  const sheet = signal(false); // on phones: whether the chat is open

  const me = computed(() => session.user.value?.pubkey ?? null);
  const messages = computed(() => shown(all.value, muted.value, me.value));
  const unread = computed(() => (loaded.value ? unreadIn(messages.value, seen.value, me.value) : 0));

  let nest: ChatNest | null = null;
  let link: Link | null = null;
  let stop: (() => void) | null = null;
  let came = 0;

  const now = (): number => Math.floor(session.now() / 1000);

  // open begins the chat of a nest and ends the previous one. The same nest again changes nothing.
  function open(id: string, host: string): void {
    if (nest?.id === id && nest.host === host) return;
    close();
    const over = new AbortController();
    nest = { id, host, relay: '' };
    stop = () => over.abort();
    void begin(nest, over.signal);
  }

  function close(): void {
    stop?.();
    stop = null;
    link = null;
    nest = null;
    all.value = [];
    muted.value = new Set();
    loaded.value = false;
    older.value = 'none';
    refused.value = '';
    seen.value = null;
    line.value = 'connecting';
    sheet.value = false;
  }

  async function begin(joined: ChatNest, over: AbortSignal): Promise<void> {
    let config = await session.server();
    while (!config.ok && !over.aborted) {
      line.value = 'lost';
      await sleep(3_000, over);
      if (!over.aborted) config = await session.server();
    }
    if (over.aborted || !config.ok) return;
    joined.relay = config.value.relay;
    const ours = connect(joined.relay);
    link = ours;
    const ends = [listen(ours, joined), followMutes(ours, joined), () => ours.close()];
    ends.push(
      effect(() => {
        line.value = ours.state.value;
        if (ours.state.value !== 'open') return;
        for (const message of all.peek()) if (message.delivery === 'waiting') void deliver(message);
      }),
    );
    over.addEventListener('abort', () => {
      for (const end of ends) end();
    });
  }

  // listen receives stored and new messages. After a lost connection the newest page is requested again. If it does not
  // reach back to a known message, some in between are missing: then the older ones are dropped, and loaded again when
  // the user scrolls there.
  function listen(on: Link, joined: ChatNest): () => void {
    let before = new Set<string>();
    let received: NostrEvent[] | null = null;
    let live = false; // all stored messages have been verified
    const verifier = createVerifier((events) => add(events, joined, live));
    const connected = effect(() => {
      if (on.state.value !== 'open') return;
      before = new Set(all.peek().map((message) => message.id));
      received = [];
      live = false;
    });
    async function ended(): Promise<void> {
      const got = received ?? [];
      received = null;
      refused.value = '';
      await verifier.drained();
      live = true;
      if (link !== on) return;
      const full = got.length >= page;
      if (!loaded.value) {
        older.value = full ? 'more' : 'none';
        seen.value = all.value.at(-1) ?? null;
        loaded.value = true;
      } else if (full && !got.some(({ id }) => before.has(id))) {
        const oldest = Math.min(...got.map(({ created_at }) => created_at));
        all.value = all.value.filter(({ event, delivery }) => delivery !== 'sent' || event.created_at >= oldest);
        older.value = 'more';
      }
    }
    const end = on.listen({
      filters: [{ kinds: [kinds.chat], '#a': aTagForms(joined), limit: page }],
      onEvent: (event) => {
        received?.push(event);
        verifier.add(event);
      },
      onEnd: () => void ended(),
      onRefused: (words) => {
        refused.value = words;
      },
    });
    return () => {
      connected();
      end();
      verifier.stop();
    };
  }

  function add(events: NostrEvent[], joined: ChatNest, live: boolean): void {
    const news = events
      .map((event) => read(event, joined, now(), live ? ++came : 0))
      .filter((message) => message !== null);
    all.value = merge(all.value, news);
  }

  // loadOlder fetches the page before the oldest message shown.
  async function loadOlder(): Promise<void> {
    const [on, joined] = [link, nest];
    if (!on || !joined || (older.value !== 'more' && older.value !== 'failed')) return;
    older.value = 'loading';
    const oldest = Math.min(now(), ...all.value.map(({ event }) => event.created_at));
    const known = new Set(all.value.map(({ id }) => id));
    const ask = (until: number) => on.fetch({ kinds: [kinds.chat], '#a': aTagForms(joined), until, limit: page });
    let events = await ask(oldest); // including this second: it may have more messages
    if (events && events.length >= page && events.every(({ id }) => known.has(id))) events = await ask(oldest - 1);
    const verifier = createVerifier((good) => {
      if (link === on) add(good, joined, false);
    });
    for (const event of events ?? []) verifier.add(event);
    await verifier.drained();
    if (link !== on) return;
    if (!events) older.value = 'failed';
    else older.value = events.length < page ? 'none' : 'more';
  }

  // followMutes applies the public mute lists of the user and of the host, and their changes.
  function followMutes(on: Link, joined: ChatNest): () => void {
    const lists = new Map<string, NostrEvent>();
    const show = (): void => {
      const counts = [joined.host, me.peek()].map((key) => key !== null && lists.get(key));
      muted.value = new Set(counts.flatMap((list) => (list ? mutedIn(list) : [])));
    };
    const verifier = createVerifier((events) => {
      for (const event of events) {
        const had = lists.get(event.pubkey);
        if (event.kind === kinds.mutes && (!had || had.created_at < event.created_at)) lists.set(event.pubkey, event);
      }
      show();
    });
    let end = () => {};
    const whose = effect(() => {
      const authors = [...new Set([joined.host, me.value].filter((key) => key !== null))];
      end();
      end = on.listen({ filters: [{ kinds: [kinds.mutes], authors }], onEvent: (event) => verifier.add(event) });
    });
    return () => {
      whose();
      end();
      verifier.stop();
    };
  }

  // send signs a message and shows it at once. If the signer refuses, the text stays in the composer.
  async function send(text: string, replyTo: Message | null): Promise<Result<null>> {
    const joined = nest;
    if (!joined) return ok(null);
    const signed = await session.sign(template(text, joined, replyTo, now(), afterAll(replyTo)));
    if (!signed.ok) return signed;
    const message = read(signed.value, joined, signed.value.created_at, ++came);
    if (!message || nest !== joined) return ok(null);
    all.value = merge(all.value, [{ ...message, delivery: 'sending' }]);
    void deliver(message);
    return ok(null);
  }

  // afterAll returns the earliest created_at with which a new message sorts after the user's own messages and the one
  // it replies to, and also after all others, if that needs a time at most 5 s ahead.
  function afterAll(replyTo: Message | null): number {
    const list = all.peek();
    const mine = list.findLast((message) => message.pubkey === me.peek());
    const after = (message: Message | null | undefined) => (message ? message.event.created_at + 1 : 0);
    return Math.max(after(mine), after(replyTo), Math.min(after(list.at(-1)), now() + 5));
  }

  // deliver publishes a message to the relay. Without a connection the message waits for one.
  async function deliver(message: Message): Promise<void> {
    mark(message.id, 'sending');
    const on = link;
    const answer = on ? await on.publish(message.event) : ({ ok: false, lost: true, words: '' } as const);
    if (link !== on) return;
    if (answer.ok) mark(message.id, 'sent');
    else if (answer.lost) mark(message.id, 'waiting');
    else mark(message.id, 'refused', answer.words);
  }

  function mark(id: string, delivery: Delivery, words = ''): void {
    all.value = all.value.map((m) => (m.id === id && m.delivery !== 'sent' ? { ...m, delivery, words } : m));
  }

  return {
    messages,
    loaded,
    older,
    refused,
    unread,
    line,
    sheet,
    me,
    hides: (pubkey: string) => pubkey !== me.peek() && muted.peek().has(pubkey), // muted by the user or by the host
    open,
    close,
    send,
    loadOlder,
    retry: (message: Message) => void deliver(message),
    discard: (message: Message) => {
      all.value = all.value.filter((m) => m.id !== message.id);
    },
    // read is called when the last message is visible.
    read: () => {
      seen.value = messages.value.at(-1) ?? seen.value;
    },
  };
}
