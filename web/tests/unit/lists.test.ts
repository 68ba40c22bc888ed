import { expect, it } from 'vitest';
import { changed, follows, keysIn, mutes } from '../../src/features/people/lists.ts';
import { host } from './kit.ts';

const [ann, bob] = ['b'.repeat(64), 'c'.repeat(64)];
const list = (tags: string[][], content = '') => ({
  id: '',
  pubkey: host,
  sig: '',
  kind: 3,
  created_at: 50,
  content,
  tags,
});

it('changes one entry and keeps every other tag and the content byte for byte', () => {
  const tags = [
    ['p', ann, 'wss://r', 'Ännchen'],
    ['t', 'x', ''],
    ['p', 'not a key'],
    ['word', '\u202e'],
  ];
  const before = list(tags, '{"wss://a":{"read":true}}\u0000');
  const more = changed(follows, before, bob, true, 60_000);
  expect(more).toEqual({ kind: 3, created_at: 60, content: before.content, tags: [...tags, ['p', bob]] });
  expect(changed(follows, before, ann, true, 60_000).tags).toEqual(tags);
  expect(changed(follows, before, ann, false, 60_000).tags).toEqual(tags.slice(1));
});

it('is newer than the one before, whatever the clock says', () => {
  expect(changed(mutes, list([]), ann, true, 1_000).created_at).toBe(51);
  expect(changed(mutes, null, ann, true, 1_000)).toEqual({
    kind: 10000,
    created_at: 1,
    content: '',
    tags: [['p', ann]],
  });
});

it('reads only keys', () => {
  expect(keysIn(list([['p', ann], ['p', 'x'], ['e', bob], ['p']]))).toEqual([ann]);
});
