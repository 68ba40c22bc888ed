import { kinds } from '../../nostr/kinds.ts';
import { spaceCoordinate } from '../../nostr/link.ts';
import type { Link } from '../../nostr/relay.ts';
import type { NostrEvent } from '../../nostr/signer.ts';
import type { Session } from '../session/session.ts';

// Follow calls onNews when a nest may have changed, until the returned function is called. For a nest that has not
// begun it also calls it at intervals: the relay may be unreachable, and hides the events of private nests from guests.
export type Follow = (nest: { id: string; host: string; begun: boolean }, onNews: () => void) => () => void;

const interval = 20_000; // ms
const spread = 1_200; // ms over which clients spread their requests after the same event

// createFollow subscribes on the server's relay to the host's space and to the server's meeting events (NIP-53).
export function createFollow(session: Session, connect: (url: string) => Link): Follow {
  return ({ id, host, begun }, onNews) => {
    const over = new AbortController();
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const later = (ms: number, then: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        then();
      }, ms);
      timers.add(timer);
    };
    const repeat = () => {
      onNews();
      later(interval * (0.8 + 0.4 * Math.random()), repeat);
    };
    if (!begun) later(interval * (0.8 + 0.4 * Math.random()), repeat);

    async function listen(): Promise<void> {
      const server = await session.server();
      if (!server.ok || over.signal.aborted) return;
      const link = connect(server.value.relay);
      over.signal.addEventListener('abort', link.close);
      const latest = new Map<number, string>(); // digest of the latest event of each kind
      let stored = true; // until all stored events have arrived
      link.listen({
        filters: [
          { kinds: [kinds.meeting], '#a': [spaceCoordinate(host, id)], ...by(server.value.pubkey) },
          { kinds: [kinds.space], authors: [host], '#d': [id] },
        ],
        // The events are not verified: they only cause a request to the API.
        onEvent: (event) => {
          const digest = digestOf(event);
          const isNews = latest.get(event.kind) !== digest;
          latest.set(event.kind, digest);
          const begins = event.kind === kinds.meeting && !begun && digest !== 'planned';
          if (isNews && (begins || !stored)) later(spread * Math.random(), onNews);
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

// Of a meeting only the status matters. Its participant count changes every minute.
const digestOf = (event: NostrEvent): string =>
  event.kind === kinds.meeting ? (event.tags.find(([name]) => name === 'status')?.[1] ?? '') : event.id;

const by = (pubkey: string | undefined) => (pubkey ? { authors: [pubkey] } : {});
