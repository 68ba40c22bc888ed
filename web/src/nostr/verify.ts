import type { NostrEvent } from './signer.ts';

const slice = 8; // ms of work before the page may do other work; one signature takes about 1 ms

// createVerifier passes events with a valid id and signature to onVerified, in their order. It works in small batches,
// so that a thousand events do not freeze the page.
export function createVerifier(onVerified: (events: NostrEvent[]) => void, load = loadVerify, pause = nextTurn) {
  let waiting: NostrEvent[] = [];
  let running = false;
  let stopped = false;

  async function run(): Promise<void> {
    running = true;
    const verify = await load();
    while (waiting.length > 0 && !stopped) {
      const good: NostrEvent[] = [];
      const until = performance.now() + slice;
      let done = 0;
      do {
        const event = waiting[done++];
        if (event && isWellFormed(event) && verify(event)) good.push(event);
      } while (done < waiting.length && performance.now() < until);
      waiting = waiting.slice(done);
      if (good.length > 0) onVerified(good);
      if (waiting.length > 0) await pause();
    }
    running = false;
  }

  return {
    add(event: NostrEvent): void {
      waiting.push(event);
      if (!running && !stopped) void run();
    },
    // drained resolves when all events added so far have been verified.
    async drained(): Promise<void> {
      while (running) await pause();
    },
    stop(): void {
      stopped = true;
      waiting = [];
    },
  };
}

// isWellFormed checks that a value from a relay has the shape of an event.
function isWellFormed(event: unknown): boolean {
  if (typeof event !== 'object' || event === null) return false;
  const { id, pubkey, sig, kind, created_at, content, tags } = event as Record<string, unknown>;
  return (
    [id, pubkey, sig, content].every((value) => typeof value === 'string') &&
    [kind, created_at].every(Number.isSafeInteger) &&
    Array.isArray(tags) &&
    tags.every((tag) => Array.isArray(tag) && tag.every((value) => typeof value === 'string'))
  );
}

const loadVerify = async () => (await import('nostr-tools/pure')).verifyEvent as (event: NostrEvent) => boolean;
const nextTurn = (): Promise<void> => new Promise((done) => setTimeout(done));
