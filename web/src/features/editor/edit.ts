import type { Api, Info } from '../../lib/api.ts';
import { failure } from '../../lib/errors.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import { kinds } from '../../nostr/kinds.ts';
import { newest } from '../../nostr/newest.ts';
import type { Link } from '../../nostr/relay.ts';
import type { NostrEvent } from '../../nostr/signer.ts';
import { edited, type SpaceFields, space } from '../../nostr/space.ts';
import type { Session } from '../session/session.ts';
import { type Fields, fieldsOf, spaceFields } from './draft.ts';
import { upload } from './upload.ts';

export type Editor = ReturnType<typeof createEditor>;

// createEditor changes an existing nest. Each change signs the next version of the newest space on the relay,
// so it keeps what other clients wrote. If the relay does not answer, nothing is written.
export function createEditor(api: Api, session: Session, connect: (url: string) => Link, id: string) {
  async function latest(host: string): Promise<Result<NostrEvent | null>> {
    const server = await session.server();
    if (!server.ok) return server;
    const link = connect(server.value.relay);
    const found = await newest(link, { kinds: [kinds.space], authors: [host], '#d': [id] });
    link.close();
    if (found !== undefined) return ok(found);
    return refused(failure('space_unknown', 'later'));
  }

  async function write(host: string, fields: (before: NostrEvent | null) => SpaceFields): Promise<Result<Info>> {
    const server = await session.server();
    if (!server.ok) return server;
    const before = await latest(host);
    if (!before.ok) return before;
    const next = fields(before.value);
    const template = before.value
      ? edited(before.value, next, session.now())
      : space({
          ...next,
          id,
          host,
          service: server.value.public_urls[0] ?? location.origin,
          streaming: server.value.endpoints,
          relays: [server.value.relay],
          now: session.now(),
        });
    if (next.status === 'closed') template.tags.push(['ends', String(template.created_at)]);
    const event = await session.sign(template);
    return event.ok ? api.putSpace(id, event.value, session.authorize) : event;
  }

  // A start that the space already has stays in it.
  const startsOf = (before: NostrEvent | null): number =>
    Number(before?.tags.find(([name]) => name === 'starts')?.[1] ?? 0) || 0;

  return {
    latest,
    upload: (file: Blob) => upload(file, api, session),
    save: (info: Info, fields: Fields) =>
      write(info.host, (before) => {
        const next = { ...spaceFields(fields), emptied: clearable.filter((name) => (info[name] ?? '') !== '') };
        return fields.later ? next : { ...next, starts: startsOf(before) };
      }),
    // signState signs the current state of the nest if the signed event differs.
    signState: (info: Info) =>
      write(info.host, (before) => {
        const next = spaceFields(fieldsOf(info));
        return info.status === 'planned' ? next : { ...next, starts: startsOf(before) };
      }),
    // signEnded signs that the nest has ended.
    signEnded: (host: string) => write(host, (before) => ({ ...fieldsIn(before), status: 'closed' })),
    // scheduleNext plans the next session of an ended nest, with the same address, participants and bans.
    scheduleNext: (host: string, starts: number) =>
      write(host, (before) => ({
        ...fieldsIn(before),
        status: isPrivate(before) ? 'private' : 'planned',
        starts: Math.floor(starts / 1000),
      })),
  };
}

const clearable = ['summary', 'image', 'color'] as const;

// isEnded reports whether a space has ended: status closed (NIP-53), or ended (older clients).
export const isEnded = (event: NostrEvent): boolean =>
  ['closed', 'ended'].includes(event.tags.find(([name]) => name === 'status')?.[1] ?? '');

const isPrivate = (event: NostrEvent | null) =>
  event?.tags.some(([name, value]) => name === 'status' && value === 'private');

// fieldsIn returns the fields of a space.
function fieldsIn(event: NostrEvent | null): SpaceFields {
  const tag = (name: string) => event?.tags.find((t) => t[0] === name)?.[1] ?? '';
  return {
    title: tag('room') || tag('title'),
    summary: tag('summary'),
    image: tag('image'),
    color: tag('color'),
    hashtags: event?.tags.filter(([name]) => name === 't').map((t) => t[1] ?? '') ?? [],
    status: 'open',
    starts: Number(tag('starts')) || 0,
  };
}
