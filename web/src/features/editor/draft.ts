import { signal } from '@preact/signals';
import type { Info } from '../../lib/api.ts';
import type { Key } from '../../lib/i18n.ts';
import { pictureUrl } from '../../lib/picture.ts';
import type { SpaceFields } from '../../nostr/space.ts';
import { createPicking, type Upload } from './picking.ts';

// What a form about a nest holds, as its user typed it.
export interface Fields {
  title: string;
  summary: string;
  image: string;
  color: string;
  hashtags: string; // words in one line
  later: boolean; // starts at a time, not now
  starts: string; // as a datetime-local input has it, in the user's own zone
  access: 'open' | 'private';
  guests: boolean; // people without a key may listen
  relays: string; // one a line
}

export type Problems = Partial<Record<keyof Fields, Key>>;

export const empty: Fields = {
  title: '',
  summary: '',
  image: '',
  color: '',
  hashtags: '',
  later: false,
  starts: '',
  access: 'open',
  guests: true,
  relays: '',
};

export type Draft = ReturnType<typeof createDraft>;

export function createDraft(upload: Upload, from: Partial<Fields> = {}) {
  const fields = signal<Fields>({ ...empty, ...from });
  const problems = signal<Problems>({});
  // A problem is said when the form is sent, and taken back at the first change.
  function set<K extends keyof Fields>(name: K, value: Fields[K]): void {
    fields.value = { ...fields.value, [name]: value };
    if (problems.value[name]) problems.value = { ...problems.value, [name]: undefined };
  }
  const picking = createPicking(upload, (url) => set('image', url));
  return {
    fields,
    problems,
    picking,
    set,
    clear(): void {
      picking.forget();
      fields.value = empty;
    },
    check(now: number): boolean {
      problems.value = problemsOf(fields.value, now);
      return Object.values(problems.value).every((problem) => problem === undefined);
    },
  };
}

const aheadMin = 60_000; // ms; the server takes anything nearer for now

export function problemsOf(fields: Fields, now: number): Problems {
  const problems: Problems = {};
  if (fields.title.trim() === '') problems.title = 'create.title.missing';
  if (fields.image.trim() !== '' && !pictureUrl(fields.image)) problems.image = 'create.image.bad';
  if (fields.later && !(startOf(fields) > now + aheadMin)) problems.starts = 'create.starts.bad';
  if (relaysOf(fields).some((url) => !/^wss?:\/\/[^\s/]+/.test(url))) problems.relays = 'create.relays.bad';
  else if (relaysOf(fields).length > 20) problems.relays = 'create.relays.many';
  return problems;
}

// startOf is the start in unix ms, 0 for now and NaN for no time at all.
export const startOf = ({ later, starts }: Fields): number => (later ? new Date(starts).getTime() : 0);

export const relaysOf = ({ relays }: Fields): string[] => [...new Set(relays.split(/\s+/).filter((url) => url !== ''))];

// hashtagsOf reads words however they are set apart.
export function hashtagsOf({ hashtags }: Pick<Fields, 'hashtags'>): string[] {
  const words = hashtags.toLowerCase().split(/[\s,;#]+/);
  return [...new Set(words.filter((word) => word !== ''))].slice(0, 10);
}

// spaceFields is what the host signs. A planned nest that is private says private, and its start says the rest.
export function spaceFields(fields: Fields): SpaceFields {
  const starts = startOf(fields);
  return {
    title: fields.title.trim(),
    summary: fields.summary.trim(),
    image: pictureUrl(fields.image),
    color: fields.color,
    hashtags: hashtagsOf(fields),
    status: fields.access === 'private' ? 'private' : starts > 0 ? 'planned' : 'open',
    starts: Math.floor(starts / 1000),
  };
}

// fieldsOf fills the form with what a nest is now.
export function fieldsOf(info: Info): Fields {
  const planned = info.status === 'planned' && info.starts_at !== undefined;
  return {
    ...empty,
    title: info.title ?? '',
    summary: info.summary ?? '',
    image: info.image ?? '',
    color: info.color ?? '',
    hashtags: (info.hashtags ?? []).join(' '),
    later: planned,
    starts: planned && info.starts_at ? localTime(info.starts_at) : '',
    access: info.access ?? 'open',
    guests: info.guests ?? true,
  };
}

// localTime is a time as a datetime-local input wants it.
export function localTime(ms: number): string {
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

// nextHour is what one most likely means by later.
export function nextHour(now: number): number {
  return Math.ceil((now + 30 * 60_000) / 3_600_000) * 3_600_000;
}
