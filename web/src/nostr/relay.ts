import { signal } from '@preact/signals';
import type { AbstractRelay, Subscription } from 'nostr-tools/abstract-relay';
import type { VerifiedEvent } from 'nostr-tools/core';
import type { Filter } from 'nostr-tools/filter';
import { sleep } from '../lib/time.ts';
import type { EventTemplate, NostrEvent } from './signer.ts';

export type { Filter };

export interface Listener {
  filters: Filter[];
  onEvent(event: NostrEvent): void; // whatever the relay sends for it, unverified
  onEnd?(): void; // all that is stored has been sent; again after each new connection
  onRefused?(words: string): void;
  anonymous?: boolean; // the user's key is not proven for it: nobody asked him
}

export type Published = { ok: true } | { ok: false; lost: boolean; words: string };

export interface Link {
  state: { readonly value: 'connecting' | 'open' | 'lost' };
  listen(listener: Listener): () => void;
  fetch(filter: Filter): Promise<NostrEvent[] | null>; // null when the relay is away or refuses
  publish(event: NostrEvent): Promise<Published>;
  renew(): void; // connects anew
  close(): void;
}

type Sign = (template: EventTemplate) => Promise<NostrEvent | null>;

const firstWait = 500;
const longestWait = 20_000;
const never = 2 ** 31 - 1; // ms, the longest timer that there is

// connect holds one connection to a relay and makes it anew when it is lost; everybody who listens is asked for again,
// with the filters as they were. (nostr-tools' own reconnecting asks only for what is newer than the last event, by the
// clocks of its authors.) sign proves the user's key where the relay asks for that (NIP-42).
export function connect(url: string, sign: Sign): Link {
  const state = signal<'connecting' | 'open' | 'lost'>('connecting');
  const listeners = new Map<Listener, Subscription | null>();
  const over = new AbortController();
  let relay: AbstractRelay | null = null;
  let proof: Promise<boolean> | null = null; // one for a connection

  async function run(): Promise<void> {
    for (let wait = firstWait; !over.signal.aborted; wait = Math.min(longestWait, wait * 2)) {
      const opened = await open();
      if (opened) {
        wait = firstWait / 2;
        await opened.gone;
        lose();
      }
      if (over.signal.aborted) return;
      if (!opened) state.value = 'lost';
      await sleep(wait * (0.7 + 0.6 * Math.random()), AbortSignal.any([over.signal, backOnline()]));
    }
  }

  // open connects once; gone ends with the connection.
  async function open(): Promise<{ gone: Promise<void> } | null> {
    const library = await import('nostr-tools/abstract-relay').catch(() => null); // without a network it may not come either
    if (!library) return null;
    const fresh = new library.AbstractRelay(url, { verifyEvent: () => true, enablePing: true });
    const gone = new Promise<void>((done) => {
      fresh.onclose = done;
    });
    try {
      await fresh.connect({ timeout: 10_000 });
    } catch {
      fresh.close();
      return null;
    }
    if (over.signal.aborted) {
      fresh.close();
      return null;
    }
    relay = fresh;
    proof = null;
    state.value = 'open';
    for (const listener of listeners.keys()) ask(fresh, listener);
    return { gone };
  }

  function lose(): void {
    relay = null;
    state.value = 'lost';
    for (const listener of listeners.keys()) listeners.set(listener, null);
  }

  function ask(on: AbstractRelay, listener: Listener): void {
    if (!listeners.has(listener) || !on.connected) return; // it is asked again on the next connection
    listeners.set(
      listener,
      on.subscribe(listener.filters, {
        onevent: listener.onEvent,
        oninvalidevent: (event) => listener.onEvent(event as NostrEvent), // an naddr in the a tag, found by its coordinate
        // The library calls it by its own timer, too, also long after the connection: silence is not "that is all".
        eoseTimeout: never,
        oneose: () => relay === on && listener.onEnd?.(),
        onclose: (words) => {
          if (relay !== on || !on.connected || listeners.get(listener)?.closed !== true) return;
          if (listener.anonymous || !words.startsWith('auth-required')) return listener.onRefused?.(words);
          void prove(on).then((done) => (done ? ask(on, listener) : listener.onRefused?.(words)));
        },
      }),
    );
  }

  function prove(on: AbstractRelay): Promise<boolean> {
    proof ??= new Promise((done) => {
      on.auth(async (template) => {
        const event = await sign(template);
        if (!event) {
          done(false); // the library itself would wait for ever
          throw new Error('there is no key to prove');
        }
        return event as VerifiedEvent;
      }).then(
        () => done(true),
        () => done(false),
      );
    });
    return proof;
  }

  async function publish(event: NostrEvent, again = true): Promise<Published> {
    const on = relay;
    if (!on) return { ok: false, lost: true, words: '' };
    try {
      await on.publish(event);
      return { ok: true };
    } catch (err) {
      const words = err instanceof Error ? err.message : '';
      if (words.startsWith('auth-required') && again && (await prove(on))) return publish(event, false);
      // A relay's word has a prefix (NIP-01); anything else is silence.
      const refused = relay === on && /^[a-z-]+: /.test(words);
      return { ok: false, lost: !refused, words };
    }
  }

  function listen(listener: Listener): () => void {
    listeners.set(listener, null);
    if (relay) ask(relay, listener);
    return () => {
      const subscription = listeners.get(listener);
      listeners.delete(listener);
      subscription?.close();
    };
  }

  function fetch(filter: Filter): Promise<NostrEvent[] | null> {
    const found: NostrEvent[] = [];
    if (!relay) return Promise.resolve(null);
    return new Promise((done) => {
      let stop = () => {};
      const end = (answer: NostrEvent[] | null) => {
        stop();
        done(answer);
      };
      stop = listen({
        filters: [filter],
        onEvent: (event) => found.push(event),
        onEnd: () => queueMicrotask(() => end(found)),
        onRefused: () => end(null),
      });
      setTimeout(() => end(null), 10_000); // the relay is silent, or the connection went meanwhile
    });
  }

  void run();
  return {
    state,
    listen,
    fetch,
    publish: (event) => publish(event),
    renew: () => {
      const old = relay;
      lose();
      old?.close();
    },
    close: () => {
      over.abort();
      relay?.close();
    },
  };
}

function backOnline(): AbortSignal {
  const back = new AbortController();
  addEventListener('online', () => back.abort(), { once: true, signal: back.signal });
  return back.signal;
}
