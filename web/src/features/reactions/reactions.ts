import { computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { ok, type Result } from '../../lib/result.ts';
import { kinds } from '../../nostr/kinds.ts';
import { spaceCoordinate } from '../../nostr/link.ts';
import { waitUntilOpen } from '../../nostr/newest.ts';
import type { Link } from '../../nostr/relay.ts';
import { createVerifier } from '../../nostr/verify.ts';
import type { Session } from '../session/session.ts';
import { type NestRef, type Reaction, read, template } from './reaction.ts';

export type Reactions = ReturnType<typeof createReactions>;

const shownFor = 2_400; // ms
const perPersonMax = 3; // per person, so that nobody can cover a picture
const most = 60; // in total
const senderWait = 5_000; // ms; LiveKit announces a new listener up to 3 s late
const none: readonly Reaction[] = [];

// createReactions shows reactions to the current nest above their sender. inside holds the keys of the participants;
// hides reports whether the reactions of a key are hidden.
export function createReactions(
  session: Session,
  connect: (url: string) => Link,
  inside: ReadonlySignal<ReadonlySet<string>>,
  hides: (pubkey: string) => boolean,
) {
  const all = signal<readonly Reaction[]>([]); // reactions on screen
  const tray = signal(false); // whether the emoji row is open
  let nest: NestRef | null = null;
  let link: Link | null = null;
  let early: readonly Reaction[] = []; // from senders who are not in the list of participants yet
  let stop = () => {};

  const now = (): number => Math.floor(session.now() / 1000);

  // of returns the reactions above one person; while there are none, always the same empty list.
  const of = (pubkey: string): ReadonlySignal<readonly Reaction[]> =>
    computed(() => {
      const theirs = all.value.filter((reaction) => reaction.pubkey === pubkey);
      return theirs.length > 0 ? theirs : none;
    });

  // take shows a reaction of a participant, and keeps others for a while: LiveKit may announce their sender
  // later.
  function take(news: readonly Reaction[]): void {
    show(news.filter(({ pubkey }) => inside.peek().has(pubkey)));
    const soon = news.filter(({ pubkey }) => !inside.peek().has(pubkey));
    if (soon.length === 0) return;
    early = [...early, ...soon].slice(-most);
    setTimeout(() => {
      early = early.filter((reaction) => !soon.includes(reaction));
    }, senderWait);
  }

  function show(news: readonly Reaction[]): void {
    const next = [...all.peek()];
    for (const reaction of news) {
      const theirs = next.filter(({ pubkey }) => pubkey === reaction.pubkey);
      const known = theirs.some(({ id }) => id === reaction.id);
      if (!known && theirs.length < perPersonMax && next.length < most && !hides(reaction.pubkey)) next.push(reaction);
    }
    const shown = new Set(next.slice(all.peek().length));
    all.value = next;
    setTimeout(() => {
      all.value = all.peek().filter((reaction) => !shown.has(reaction));
    }, shownFor);
  }

  // open starts with a nest and stops the one before. Opening the same nest again changes nothing.
  function open(id: string, host: string): void {
    if (nest?.id === id && nest.host === host) return;
    close();
    const mine: NestRef = { id, host, relay: '' };
    nest = mine;
    void begin(mine);
  }

  async function begin(joined: NestRef): Promise<void> {
    const server = await session.server();
    if (!server.ok || nest !== joined) return;
    joined.relay = server.value.relay;
    const ours = connect(joined.relay);
    const verifier = createVerifier((events) =>
      take(events.map((event) => read(event, joined, now())).filter((reaction) => reaction !== null)),
    );
    const settled = effect(() => {
      const here = inside.value;
      const came = early.filter(({ pubkey }) => here.has(pubkey));
      if (came.length === 0) return;
      early = early.filter((reaction) => !came.includes(reaction));
      untracked(() => show(came));
    });
    // Stored events are too old to show.
    let live = false;
    ours.listen({
      filters: [{ kinds: [kinds.reaction], '#a': [spaceCoordinate(joined.host, joined.id)], limit: 1 }],
      onEvent: (event) => live && verifier.add(event),
      onEnd: () => {
        live = true;
      },
    });
    link = ours;
    stop = () => {
      settled();
      verifier.stop();
      ours.close();
    };
  }

  function close(): void {
    stop();
    stop = () => {};
    link = null;
    nest = null;
    all.value = none;
    early = none;
    tray.value = false;
  }

  // send signs a reaction and shows it at once.
  async function send(emoji: string): Promise<Result<null>> {
    const joined = nest;
    if (!joined) return ok(null);
    const signed = await session.sign(template(emoji, joined, now()));
    if (!signed.ok) return signed;
    const mine = read(signed.value, joined, now());
    if (mine && nest === joined) show([mine]);
    // A login reconnects. A reaction that is lost is not sent again, because it would be late.
    if (link && (await waitUntilOpen(link))) await link.publish(signed.value);
    return ok(null);
  }

  return { of, tray, open, close, send };
}
