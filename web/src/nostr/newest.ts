import { effect } from '@preact/signals';
import type { Filter, Link } from './relay.ts';
import type { NostrEvent } from './signer.ts';
import { createVerifier } from './verify.ts';

const patience = 10_000; // ms

// opened waits until a connection stands; false when it does not in time.
export function opened(link: Link): Promise<boolean> {
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

// newest is the newest stored event that a filter finds on a relay, verified; null when there is none, undefined when
// the relay does not tell. Whoever changes a list or a space must know the difference.
export async function newest(link: Link, filter: Filter): Promise<NostrEvent | null | undefined> {
  if (!(await opened(link))) return undefined;
  const found = await link.fetch({ ...filter, limit: 10 });
  if (!found) return undefined;
  const good: NostrEvent[] = [];
  const verifier = createVerifier((events) => good.push(...events));
  for (const event of found) verifier.add(event);
  await verifier.drained();
  verifier.stop();
  return good.reduce<NostrEvent | null>((best, one) => (isNewer(one, best) ? one : best), null);
}

// isNewer is NIP-01's rule for events of one address: the newest, and the lower id of two of the same second.
export const isNewer = (one: NostrEvent, best: NostrEvent | null | undefined): boolean =>
  !best || one.created_at > best.created_at || (one.created_at === best.created_at && one.id < best.id);
