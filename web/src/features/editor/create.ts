import type { Api } from '../../lib/api.ts';
import { uuid } from '../../lib/random.ts';
import { ok, type Result } from '../../lib/result.ts';
import type { Address } from '../../nostr/link.ts';
import { space } from '../../nostr/space.ts';
import type { Session } from '../session/session.ts';
import { type Fields, relaysOf, spaceFields, startOf } from './draft.ts';

export interface Opened {
  address: Address;
  path: string; // the nest's own page
}

// create opens a nest with one signature for its space and one for the request. The client chooses the id, so
// that the event and the nest have the same one. The server stores both or neither.
export async function create(fields: Fields, api: Api, session: Session): Promise<Result<Opened>> {
  const server = await session.server();
  if (!server.ok) return server;
  const user = await session.ensure();
  if (!user.ok) return user;
  const id = uuid();
  const relays = relaysOf(fields);
  const event = await session.sign(
    space({
      ...spaceFields(fields),
      id,
      host: user.value.pubkey,
      service: server.value.public_urls[0] ?? location.origin,
      streaming: server.value.endpoints,
      relays: [...(server.value.relay ? [server.value.relay] : []), ...relays],
      now: session.now(),
    }),
  );
  if (!event.ok) return event;
  const starts = startOf(fields);
  const created = await api.create(
    {
      relays,
      room_id: id,
      event: event.value,
      guests: fields.guests,
      access: fields.access,
      ...(starts > 0 ? { starts_at: starts } : {}),
    },
    session.authorize,
  );
  if (!created.ok) return created;
  const { roomId } = created.value;
  const info = await api.info(roomId, '', session.authorize);
  const path = info.ok && info.value.link ? `/${info.value.link}` : `/n/${roomId}`;
  return ok({ address: { id: roomId, host: user.value.pubkey }, path });
}
