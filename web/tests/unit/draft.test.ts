import { describe, expect, it } from 'vitest';
import {
  createDraft,
  empty,
  fieldsOf,
  hashtagsOf,
  localTime,
  nextHour,
  problemsOf,
  relaysOf,
  spaceFields,
} from '../../src/features/editor/draft.ts';
import { pictureSrc, pictureUrl } from '../../src/lib/picture.ts';
import { info, no } from './kit.ts';

const now = Date.UTC(2026, 4, 1, 10, 10);

describe('a draft', () => {
  it('reports the problem of each field', () => {
    expect(problemsOf({ ...empty, title: ' ' }, now)).toEqual({ title: 'create.title.missing' });
    const bad = {
      ...empty,
      title: 'x',
      image: 'http://a/b.png',
      later: true,
      starts: localTime(now - 60_000),
      relays: 'https://r',
    };
    expect(problemsOf(bad, now)).toEqual({
      image: 'create.image.bad',
      starts: 'create.starts.bad',
      relays: 'create.relays.bad',
    });
    expect(problemsOf({ ...empty, title: 'x', later: true, starts: '' }, now)).toHaveProperty('starts');
    expect(problemsOf({ ...empty, title: 'x', later: true, starts: localTime(now + 3_600_000) }, now)).toEqual({});
  });

  it('removes a problem at the first change of its field', () => {
    const draft = createDraft(async () => no(500));
    expect(draft.check(now)).toBe(false);
    draft.set('title', 'Birds');
    expect(draft.problems.value.title).toBeUndefined();
    expect(draft.check(now)).toBe(true);
  });

  it.each([
    ['https://a.example/b.png', 'https://a.example/b.png'],
    ['javascript:alert(1)', ''],
    ['https://u:p@a.example/', ''],
    ['data:image/svg+xml,x', ''],
    ['no address', ''],
  ])('reads the picture %s as %s', (text, url) => {
    expect(pictureUrl(text)).toBe(url);
  });

  it('loads a picture uploaded over plain http from this server', () => {
    const name = 'a1'.repeat(32);
    const plain = `http://nests.lan:5544/api/v1/pictures/${name}`;
    expect(pictureUrl(plain)).toBe(plain);
    expect(pictureSrc(plain)).toBe(`/api/v1/pictures/${name}`);
    const secure = `https://nests.example/api/v1/pictures/${name}`;
    expect(pictureSrc(secure)).toBe(secure);
    for (const other of [
      `http://a/x/${name}`,
      `http://u@a/api/v1/pictures/${name}`,
      `${plain}/x`,
      `${plain}?x`,
      `//a${name}`,
    ]) {
      expect(pictureUrl(other)).toBe('');
    }
  });

  it('reads topics and relays with any separator', () => {
    expect(hashtagsOf({ hashtags: '#Birds, music;music\tCoffee' })).toEqual(['birds', 'music', 'coffee']);
    expect(relaysOf({ ...empty, relays: 'wss://a\n wss://b wss://a ' })).toEqual(['wss://a', 'wss://b']);
  });

  it('is planned if it begins later, even if private', () => {
    const later = { ...empty, title: ' x ', later: true, starts: localTime(now) };
    expect(spaceFields(later)).toMatchObject({ title: 'x', status: 'planned', starts: now / 1000 });
    expect(spaceFields({ ...later, access: 'private' })).toMatchObject({ status: 'private', starts: now / 1000 });
    expect(spaceFields({ ...empty, title: 'x' })).toMatchObject({ status: 'open', starts: 0 });
  });

  it('is filled from a nest’s info', () => {
    const planned = {
      ...info,
      status: 'planned' as const,
      title: 'T',
      starts_at: now,
      hashtags: ['a', 'b'],
      access: 'private' as const,
    };
    expect(fieldsOf(planned)).toMatchObject({ title: 'T', later: true, hashtags: 'a b', access: 'private' });
    expect(fieldsOf(info).later).toBe(false);
  });

  it('proposes the next full hour for later', () => {
    expect(nextHour(Date.UTC(2026, 4, 1, 10, 10))).toBe(Date.UTC(2026, 4, 1, 11));
    expect(nextHour(Date.UTC(2026, 4, 1, 10, 40))).toBe(Date.UTC(2026, 4, 1, 12));
  });
});
