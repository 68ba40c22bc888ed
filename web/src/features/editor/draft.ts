import { signal } from '@preact/signals';
import type { Info } from '../../lib/api.ts';
import type { Key } from '../../lib/i18n.ts';
import { pictureUrl } from '../../lib/picture.ts';
import type { SpaceFields } from '../../nostr/space.ts';
import { createPicking, type Upload } from './picking.ts';

// Fields are the values of the nest form, as typed.
export interface Fields {
  title: string;
  summary: string;
  image: string;
  color: string;
  hashtags: string; // words in one line
  later: boolean; // starts at a time, not now
  starts: string; // the value of a datetime-local input, in the user's time zone
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

// createDraft holds the values of the form, the problem of each field, and the picture being uploaded.
export function createDraft(upload: Upload, from: Partial<Fields> = {}) {
  const fields = signal<Fields>({ ...empty, ...from });
  const problems = signal<Problems>({});
  // A problem appears when the form is submitted, and disappears at the first change.
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

const leadTimeMin = 60_000; // ms; the server treats an earlier start as now

// problemsOf returns the text keys of the problems by field. now is unix ms.
export function problemsOf(fields: Fields, now: number): Problems {
  const problems: Problems = {};
  if (fields.title.trim() === '') problems.title = 'create.title.missing';
  if (fields.image.trim() !== '' && !pictureUrl(fields.image)) problems.image = 'create.image.bad';
  if (fields.later && !(startOf(fields) > now + leadTimeMin)) problems.starts = 'create.starts.bad';
  if (relaysOf(fields).some((url) => !/^wss?:\/\/[^\s/]+/.test(url))) problems.relays = 'create.relays.bad';
  else if (relaysOf(fields).length > 20) problems.relays = 'create.relays.many';
  return problems;
}

// startOf returns the start in unix ms: 0 for now, NaN for an invalid time.
export const startOf = ({ later, starts }: Fields): number => (later ? new Date(starts).getTime() : 0);

// relaysOf returns the relays entered in the form, each once.
export const relaysOf = ({ relays }: Fields): string[] => [...new Set(relays.split(/\s+/).filter((url) => url !== ''))];

// hashtagsOf splits the text at any separator.
export function hashtagsOf({ hashtags }: Pick<Fields, 'hashtags'>): string[] {
  const words = hashtags.toLowerCase().split(/[\s,;#]+/);
  return [...new Set(words.filter((word) => word !== ''))].slice(0, 10);
}

// spaceFields returns the fields for the host's signature. A private planned nest has the status private; its
// start shows that it is planned.
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

// fieldsOf returns the form values of an existing nest.
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

// localTime formats a time for a datetime-local input.
export function localTime(ms: number): string {
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

// nextHour is the default start of a nest that starts later.
export function nextHour(now: number): number {
  return Math.ceil((now + 30 * 60_000) / 3_600_000) * 3_600_000;
}
