import { failure } from '../../lib/errors.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import { kinds } from '../../nostr/kinds.ts';
import { newest, waitUntilOpen } from '../../nostr/newest.ts';
import type { Link } from '../../nostr/relay.ts';
import type { NostrEvent } from '../../nostr/signer.ts';
import type { Session } from '../session/session.ts';

const relaysMost = 5; // of the user's own

// postNote publishes a note to this server's relay and the user's write relays (NIP-65). It returns how many
// relays accepted it.
export async function postNote(
  text: string,
  coordinate: string,
  session: Session,
  connect: (url: string) => Link,
): Promise<Result<number>> {
  const [server, user] = [await session.server(), await session.ensure()];
  if (!server.ok) return server;
  if (!user.ok) return user;
  const event = await session.sign({
    kind: kinds.note,
    created_at: Math.floor(session.now() / 1000),
    content: text,
    tags: [['a', coordinate, server.value.relay]],
  });
  if (!event.ok) return event;
  const ours = connect(server.value.relay);
  const list = await newest(ours, { kinds: [kinds.relays], authors: [user.value.pubkey] });
  const links = [ours, ...writesTo(list).map(connect)];
  const taken = await Promise.all(
    links.map(async (link) => (await waitUntilOpen(link)) && (await link.publish(event.value)).ok),
  );
  for (const link of links) link.close();
  const count = taken.filter(Boolean).length;
  if (count > 0) return ok(count);
  return refused(failure('note_refused', 'later'));
}

// writesTo returns the user's write relays. The page may connect only to secure ones.
export function writesTo(list: NostrEvent | null | undefined): string[] {
  const urls = (list?.tags ?? [])
    .filter(([name, url, marker]) => name === 'r' && url?.startsWith('wss://') && marker !== 'read')
    .map(([, url]) => url ?? '');
  return [...new Set(urls)].slice(0, relaysMost);
}
