import type { Api } from '../../lib/api.ts';
import { uuid } from '../../lib/random.ts';
import { ok, type Result } from '../../lib/result.ts';
import type { Address } from '../../nostr/link.ts';
import { space } from '../../nostr/space.ts';
import type { Session } from '../session/session.ts';

export interface Draft {
  title: string;
  summary: string;
  guests: boolean; // people without a key may listen
}

export interface Opened {
  address: Address;
  path: string; // the nest's own page
}

// create opens a nest with one signature over its space and one over the request. The id is ours, so that event and nest agree
// from the start; both are stored together or not at all.
export async function create(draft: Draft, api: Api, session: Session): Promise<Result<Opened>> {
  const server = await session.server();
  if (!server.ok) return server;
  const user = await session.ensure();
  if (!user.ok) return user;
  const id = uuid();
  const event = await session.sign(
    space({
      id,
      host: user.value.pubkey,
      title: draft.title.trim(),
      summary: draft.summary.trim(),
      service: server.value.public_urls[0] ?? location.origin,
      streaming: server.value.endpoints,
      relays: server.value.relay ? [server.value.relay] : [],
      now: session.now(),
    }),
  );
  if (!event.ok) return event;
  const created = await api.create(
    { relays: [], room_id: id, event: event.value, guests: draft.guests },
    session.authorize,
  );
  if (!created.ok) return created;
  const { roomId } = created.value;
  const info = await api.info(roomId);
  const path = info.ok && info.value.link ? `/${info.value.link}` : `/n/${roomId}`;
  return ok({ address: { id: roomId, host: user.value.pubkey }, path });
}
