import type { Link } from '../../nostr/relay.ts';
import type { Session } from '../session/session.ts';

// Opens calls news whenever a nest that has not begun may have begun, until its answer is called.
export type Opens = (id: string, host: string | undefined, news: () => void) => () => void;

const meeting = 30313;
const anyway = 20_000; // ms
const spread = 1_200; // ms over which those who wait come in, so that they do not all knock at once

// createOpening listens to what the server says of the show on its relay (NIP-53 meeting), and asks now and then all the same: the
// relay may be away, and that of a private nest shows nothing to guests.
export function createOpening(session: Session, connect: (url: string) => Link): Opens {
  return (id, host, news) => {
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
      news();
      soon(anyway * (0.8 + 0.4 * Math.random()), again);
    };
    soon(anyway * (0.8 + 0.4 * Math.random()), again);

    async function listen(): Promise<void> {
      const server = await session.server();
      if (!server.ok || !host || over.signal.aborted) return;
      const link = connect(server.value.relay);
      over.signal.addEventListener('abort', link.close);
      link.listen({
        filters: [{ kinds: [meeting], '#a': [`30312:${host}:${id}`], ...by(server.value.pubkey) }],
        // Whoever may have said it: the doors know.
        onEvent: (event) => {
          if (event.tags.some(([name, value]) => name === 'status' && value !== 'planned')) {
            soon(spread * Math.random(), news);
          }
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

const by = (pubkey: string | undefined) => (pubkey ? { authors: [pubkey] } : {});
