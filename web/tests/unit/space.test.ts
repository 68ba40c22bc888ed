import { describe, expect, it } from 'vitest';
import type { NostrEvent } from '../../src/nostr/signer.ts';
import { edited, type SpaceFields, space } from '../../src/nostr/space.ts';
import { host, id } from './kit.ts';

const fields: SpaceFields = {
  title: 'Evening birds',
  summary: '',
  image: '',
  color: '#3f9c8f',
  hashtags: ['birds'],
  status: 'open',
  starts: 0,
};

const event = (tags: string[][], content = ''): NostrEvent => ({
  id: '',
  pubkey: host,
  sig: '',
  kind: 30312,
  created_at: 1_000,
  content,
  tags,
});

describe('space', () => {
  it('names the nest, its server and its host', () => {
    const draft = {
      ...fields,
      id,
      host,
      service: 'https://s',
      streaming: ['wss+livekit://s'],
      relays: ['wss://r'],
      now: 5_500,
    };
    expect(space(draft)).toEqual({
      kind: 30312,
      created_at: 5,
      content: '',
      tags: [
        ['d', id],
        ['room', 'Evening birds'],
        ['title', 'Evening birds'],
        ['color', '#3f9c8f'],
        ['status', 'open'],
        ['service', 'https://s'],
        ['endpoint', `https://s/api/v1/nests/${id}/info`],
        ['streaming', 'wss+livekit://s'],
        ['relays', 'wss://r'],
        ['t', 'birds'],
        ['p', host, '', 'Host'],
      ],
    });
  });
});

describe('edited', () => {
  it('keeps unknown tags byte for byte, in their place', () => {
    const strange = [
      ['x-mood', 'calm', 'é\u0000', ''],
      ['p', host, 'wss://r', 'Host', 'proof'],
      ['p', 'b'.repeat(64), '', 'Speaker'],
      ['relays', 'wss://a', 'wss://b'],
      ['streaming', 'wss+livekit://s'],
      ['streaming', 'https://s/live.m3u8'],
    ];
    const before = event(
      [['d', id], ...strange.slice(0, 1), ['room', 'Old'], ...strange.slice(1), ['status', 'open']],
      'text',
    );
    const after = edited(before, fields, 5_000_000);
    expect(after.tags.filter(([name]) => strange.some(([other]) => other === name))).toEqual(strange);
    expect(after.tags.map(([name]) => name)).toEqual([
      ...['d', 'x-mood', 'room', 'p', 'p', 'relays', 'streaming', 'streaming', 'status', 'color', 't'],
    ]);
    expect(after.content).toBe('text');
    expect(after.created_at).toBe(5_000);
  });

  it('is newer than the previous one, whatever the clock shows', () => {
    expect(edited(event([['d', id]]), fields, 0).created_at).toBe(1_001);
  });

  it('writes each known tag once, and drops emptied ones', () => {
    const before = event([
      ['summary', 'old'],
      ['t', 'a'],
      ['room', 'Old'],
      ['t', 'b'],
      ['starts', '7'],
      ['ends', '8'],
      ['status', 'closed'],
    ]);
    expect(edited(before, fields, 0).tags).toEqual([
      ['t', 'birds'],
      ['room', 'Evening birds'],
      ['status', 'open'],
      ['color', '#3f9c8f'],
    ]);
  });

  it('writes a removed value as an empty tag', () => {
    const before = event([
      ['d', id],
      ['image', 'https://a/b.png'],
    ]);
    expect(edited(before, fields, 0).tags.filter(([name]) => name === 'image')).toEqual([]);
    const gone = edited(before, { ...fields, summary: '', emptied: ['summary', 'image'] }, 0);
    expect(gone.tags.filter(([, value]) => value === '')).toEqual([
      ['summary', ''],
      ['image', ''],
    ]);
    const other = edited(before, { ...fields, image: 'https://a/c.png', emptied: ['image'] }, 0);
    expect(other.tags.filter(([name]) => name === 'image')).toEqual([['image', 'https://a/c.png']]);
  });

  it.each([
    ['open', 'live'],
    ['closed', 'ended'],
    ['planned', 'planned'],
  ] as const)('says %s in the words of the older dialect', (status, word) => {
    const before = event([
      ['title', 'Old'],
      ['status', 'live'],
      ['color', 'gradient-3'],
    ]);
    const { tags } = edited(before, { ...fields, status, color: 'gradient-3', hashtags: [] }, 0);
    expect(tags).toEqual([
      ['title', 'Evening birds'],
      ['status', word],
      ['color', 'gradient-3'],
    ]);
  });
});
