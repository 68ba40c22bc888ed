import { kinds } from './kinds.ts';
import type { EventTemplate, NostrEvent } from './signer.ts';

// The event that announces a nest (NIP-53 meeting space, kind 30312), before its host signs it.

// The fields of a space that the editor changes. It keeps everything else.
export interface SpaceFields {
  title: string;
  summary: string;
  image: string; // URL, '' for none
  color: string; // '#rrggbb', '' for none
  // tags of the three above to write with an empty value: a missing tag would not mean that the value was removed
  emptied?: string[];
  hashtags: string[];
  status: 'open' | 'private' | 'planned' | 'closed';
  starts: number; // unix s, 0 for none
}

export interface SpaceDraft extends SpaceFields {
  id: string; // d tag: the nest's id
  host: string;
  service: string; // the server's public origin
  streaming: string[];
  relays: string[];
  now: number; // unix ms
}

export function space(draft: SpaceDraft): EventTemplate {
  const tags = [
    ['d', draft.id],
    ['room', draft.title],
    ['title', draft.title], // for clients of the older dialect
    ...one('summary', draft.summary),
    ...one('image', draft.image),
    ...one('color', draft.color),
    ['status', draft.status],
    ...one('starts', draft.starts > 0 ? String(draft.starts) : ''),
    ['service', draft.service],
    ['endpoint', `${draft.service}/api/v1/nests/${draft.id}/info`],
    ...draft.streaming.map((url) => ['streaming', url]),
    ...(draft.relays.length === 0 ? [] : [['relays', ...draft.relays]]),
    ...draft.hashtags.map((word) => ['t', word]),
    ['p', draft.host, '', 'Host'],
  ];
  return { kind: kinds.space, created_at: Math.floor(draft.now / 1000), content: '', tags };
}

const one = (name: string, value: string): string[][] => (value === '' ? [] : [[name, value]]);

// edited returns the next version of a space. The editor's fields keep their position and the event's dialect; other
// tags and the content stay unchanged. Its created_at is later than that of the previous version, whatever the clocks
// show.
export function edited(before: NostrEvent, fields: SpaceFields, now: number): EventTemplate {
  const older = dialectOf(before) === 'older';
  const has = (name: string) => before.tags.some((tag) => tag[0] === name);
  // A space of another client keeps the tag that it uses for the title.
  const titles = ['room', 'title'].filter((name) => has(name) || (name === 'room' && !older));
  const values: Record<string, string> = {
    summary: fields.summary,
    image: fields.image,
    color: fields.color,
    status: older ? olderStatus[fields.status] : fields.status,
    starts: fields.starts > 0 ? String(fields.starts) : '',
  };
  for (const name of titles) values[name] = fields.title;

  const done = new Set<string>();
  const tags: string[][] = [];
  for (const tag of before.tags) {
    const [name = ''] = tag;
    const value = values[name];
    if (name === 't' && !done.has('t')) {
      done.add('t');
      tags.push(...fields.hashtags.map((word) => ['t', word]));
    } else if (name === 'ends' && fields.status !== 'closed') {
      // a space that is not closed has no end
    } else if (value !== undefined) {
      if (!done.has(name) && value !== '') tags.push(tag[1] === value ? tag : [name, value]);
      done.add(name);
    } else if (name !== 't') {
      tags.push(tag);
    }
  }
  for (const [name, value] of Object.entries(values)) {
    if (!done.has(name) && value !== '') tags.push([name, value]);
  }
  for (const name of fields.emptied ?? []) if (values[name] === '') tags.push([name, '']);
  if (!done.has('t')) tags.push(...fields.hashtags.map((word) => ['t', word]));
  const created_at = Math.max(Math.floor(now / 1000), before.created_at + 1);
  return { kind: kinds.space, created_at, content: before.content, tags };
}

const olderStatus = { open: 'live', private: 'private', planned: 'planned', closed: 'ended' } as const;

// The older dialect writes live and ended for NIP-53's open and closed, and title for room.
function dialectOf({ tags }: NostrEvent): 'nip53' | 'older' {
  const status = tags.find(([name]) => name === 'status')?.[1] ?? '';
  if (['live', 'ended'].includes(status)) return 'older';
  return status === 'planned' && !tags.some(([name]) => name === 'room') ? 'older' : 'nip53';
}
