import { effect } from '@preact/signals';
import type { Filter, Link } from './relay.ts';
import type { NostrEvent } from './signer.ts';
import { createVerifier } from './verify.ts';

const patience = 10_000; // ms

// waitUntilOpen waits for a connection, and returns false if there is none in time.
export function waitUntilOpen(link: Link): Promise<boolean> {
  return new Promise((done) => {
    let stop = () => {};
    const end = (is: boolean) => {
      clearTimeout(timer);
      queueMicrotask(() => stop());
      done(is);
    };
    const timer = setTimeout(() => end(false), patience);
    stop = effect(() => {
      if (link.state.value === 'open') end(true);
    });
  });
}

// newest returns the newest stored event that matches a filter on a relay, verified. It is null if there is none, and
// undefined if the relay did not answer: a change of a list or a space must not mistake one for the other.
export async function newest(link: Link, filter: Filter): Promise<NostrEvent | null | undefined> {
  if (!(await waitUntilOpen(link))) return undefined;
  const found = await link.fetch({ ...filter, limit: 10 });
  if (!found) return undefined;
  const good: NostrEvent[] = [];
  const verifier = createVerifier((events) => good.push(...events));
  for (const event of found) verifier.add(event);
  await verifier.drained();
  verifier.stop();
  return good.reduce<NostrEvent | null>((best, one) => (isNewer(one, best) ? one : best), null);
}

// isNewer is NIP-01's rule for replaceable events: the later created_at wins, then the lower id.
export const isNewer = (one: NostrEvent, best: NostrEvent | null | undefined): boolean =>
  !best || one.created_at > best.created_at || (one.created_at === best.created_at && one.id < best.id);
