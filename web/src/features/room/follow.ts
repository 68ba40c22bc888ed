import { kinds } from '../../nostr/kinds.ts';
import { spaceCoordinate } from '../../nostr/link.ts';
import type { Link } from '../../nostr/relay.ts';
import type { NostrEvent } from '../../nostr/signer.ts';
import type { Session } from '../session/session.ts';

// Follow calls news whenever what is known of a nest may have changed, until its answer is called. One that has not begun is asked
// for now and then all the same: the relay may be away, and that of a private nest shows nothing to guests.
export type Follow = (nest: { id: string; host: string; begun: boolean }, onNews: () => void) => () => void;

const anyway = 20_000; // ms
const spread = 1_200; // ms over which those who heard it ask, so that they do not all knock at once

// createFollow listens on the server's relay to what the host says of the nest, and the server of the show (NIP-53).
export function createFollow(session: Session, connect: (url: string) => Link): Follow {
  return ({ id, host, begun }, onNews) => {
    const over = new AbortController();
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const soon = (ms: number, then: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        then();
      }, ms);
      timers.add(timer);
    };
    const again = () => {
      onNews();
      soon(anyway * (0.8 + 0.4 * Math.random()), again);
    };
    if (!begun) soon(anyway * (0.8 + 0.4 * Math.random()), again);

    async function listen(): Promise<void> {
      const server = await session.server();
      if (!server.ok || over.signal.aborted) return;
      const link = connect(server.value.relay);
      over.signal.addEventListener('abort', link.close);
      const said = new Map<number, string>(); // what each kind said last
      let stored = true; // what comes first was there before
      link.listen({
        filters: [
          { kinds: [kinds.meeting], '#a': [spaceCoordinate(host, id)], ...by(server.value.pubkey) },
          { kinds: [kinds.space], authors: [host], '#d': [id] },
        ],
        // Whoever may have said it: the doors know.
        onEvent: (event) => {
          const words = gist(event);
          const isNews = said.get(event.kind) !== words;
          said.set(event.kind, words);
          const begins = event.kind === kinds.meeting && !begun && words !== 'planned';
          if (isNews && (begins || !stored)) soon(spread * Math.random(), onNews);
        },
        onEnd: () => {
          stored = false;
        },
      });
    }
    void listen();

    return () => {
      over.abort();
      for (const timer of timers) clearTimeout(timer);
    };
  };
}

// Of a show only its status matters: its count is said once a minute, and is seen in the room.
const gist = (event: NostrEvent): string =>
  event.kind === kinds.meeting ? (event.tags.find(([name]) => name === 'status')?.[1] ?? '') : event.id;

const by = (pubkey: string | undefined) => (pubkey ? { authors: [pubkey] } : {});
