import { kinds } from '../../nostr/kinds.ts';
import { coordinateOf } from '../../nostr/link.ts';
import { isNewer } from '../../nostr/newest.ts';
import type { Link, Listener } from '../../nostr/relay.ts';
import type { NostrEvent } from '../../nostr/signer.ts';
import { createVerifier } from '../../nostr/verify.ts';
import { type Elsewhere, readSpace, type Seen, urlOf } from './foreign.ts';

export type { Elsewhere };

interface Parts {
  relays: string[];
  ours: string[]; // origins of this server
  now: () => number;
  connect: (url: string) => Link;
  onChange: (nests: Elsewhere[]) => void;
}

const relaysMost = 8; // the server's first, then the user's
const shownMax = 100;
const eventsMax = 200; // events per relay and visit; further events are ignored
const presenceMax = 50; // spaces to request presence for
const day = 24 * 3600; // s
const ahead = 15 * 60; // s; tolerance for a fast clock

// watchElsewhere looks for nests of other servers on the relays and passes them to onChange. It returns a function that
// stops it.
// A space that has not ended is shown if its newest event is at most a day old, if it has a presence (10312),
// or if it is planned for later. A relay that is down, silent or requires authentication adds nothing.
export function watchElsewhere({ relays, ours, now, connect, onChange }: Parts): () => void {
  const newest = new Map<string, Seen & { nest: Elsewhere | null }>(); // by address, ended ones too
  const alive = new Set<string>();
  const from = new WeakMap<NostrEvent, string>();
  const links: Link[] = [];
  let over = false;
  const seconds = () => Math.floor(now() / 1000);

  const verifier = createVerifier((events) => {
    for (const event of events) event.kind === kinds.space ? keep(event) : mark(event);
    onChange(chosen());
  });

  function keep(event: NostrEvent): void {
    const address = addressIn(event);
    if (!isNewer(event, newest.get(address)?.event)) return;
    const seen = { event, relay: from.get(event) ?? '' };
    newest.set(address, { ...seen, nest: readSpace(seen, ours, now()) });
  }

  function mark(event: NostrEvent): void {
    for (const [name, value] of event.tags) {
      const place = name === 'a' ? coordinateOf(value ?? '') : null;
      if (place && place.kind === kinds.space) alive.add(`${place.pubkey}:${place.d}`);
    }
  }

  const fresh = (event: NostrEvent) => event.created_at >= seconds() - day;

  function chosen(): Elsewhere[] {
    const nests = [...newest].flatMap(([address, seen]) => {
      const begun = seen.nest?.status === 'planned' && (seen.nest.starts_at ?? 0) <= now();
      if (begun) seen.nest = readSpace(seen, ours, now());
      const { nest } = seen;
      return nest && (nest.status === 'planned' || fresh(seen.event) || alive.has(address)) ? [nest] : [];
    });
    return nests
      .sort((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0))
      .slice(0, shownMax)
      .sort(byStart);
  }

  function listen(url: string): void {
    const link = connect(url);
    links.push(link);
    let heard = 0;
    const hear = (kind: number, filter: object, onEnd: () => void) => {
      const listener: Listener = {
        filters: [{ kinds: [kind], limit: 100, ...filter }],
        anonymous: true,
        onEvent: (event) => {
          if (++heard > eventsMax) return link.close();
          if (event.kind !== kind || !(event.created_at <= seconds() + ahead)) return;
          if (kind === kinds.presence && !fresh(event)) return;
          from.set(event, url);
          verifier.add(event);
        },
        onEnd,
      };
      return link.listen(listener);
    };
    let asked = false;
    hear(kinds.space, {}, () => void askForLife());

    async function askForLife(): Promise<void> {
      if (asked) return;
      asked = true;
      await verifier.drained();
      const silent = [...newest].filter(([, { event, nest }]) => nest !== null && !fresh(event));
      const addresses = silent.slice(0, presenceMax).map(([address]) => `${kinds.space}:${address}`);
      if (over || addresses.length === 0) return;
      const stop = hear(kinds.presence, { '#a': addresses, since: seconds() - day }, () =>
        queueMicrotask(() => stop()),
      );
    }
  }

  for (const url of reachable(relays)) listen(url);
  return () => {
    over = true;
    verifier.stop();
    for (const link of links) link.close();
  };
}

// reachable returns the relays that the page may connect to, without duplicates. Only a page without TLS may
// use ws://.
function reachable(relays: string[]): string[] {
  const urls = relays.flatMap((relay) => {
    const url = urlOf(relay);
    const may = url?.protocol === 'wss:' || (url?.protocol === 'ws:' && location.protocol === 'http:');
    return url && may ? [relay.replace(/\/$/, '')] : [];
  });
  return [...new Set(urls)].slice(0, relaysMost);
}

const addressIn = ({ pubkey, tags }: NostrEvent): string =>
  `${pubkey}:${tags.find(([name]) => name === 'd')?.[1] ?? ''}`;

// Open nests first, the newest on top; then planned nests by their start.
const byStart = (a: Elsewhere, b: Elsewhere) => (a.starts_at ?? 0) - (b.starts_at ?? 0);
