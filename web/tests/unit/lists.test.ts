import { signal } from '@preact/signals';
import { expect, it } from 'vitest';
import { changed, createLists, keysIn } from '../../src/features/people/lists.ts';
import type { Session, User } from '../../src/features/session/session.ts';
import { ok } from '../../src/lib/result.ts';
import { sleep } from '../../src/lib/time.ts';
import { kinds } from '../../src/nostr/kinds.ts';
import { localSigner, newSecret } from '../../src/nostr/local.ts';
import type { Link } from '../../src/nostr/relay.ts';
import type { EventTemplate, NostrEvent } from '../../src/nostr/signer.ts';
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

it('changes one entry, and keeps every other tag and the content byte for byte', () => {
  const tags = [
    ['p', ann, 'wss://r', 'Ännchen'],
    ['t', 'x', ''],
    ['p', 'not a key'],
    ['word', '\u202e'],
  ];
  const before = list(tags, '{"wss://a":{"read":true}}\u0000');
  const more = changed(kinds.follows, before, bob, true, 60_000);
  expect(more).toEqual({ kind: 3, created_at: 60, content: before.content, tags: [...tags, ['p', bob]] });
  expect(changed(kinds.follows, before, ann, true, 60_000).tags).toEqual(tags);
  expect(changed(kinds.follows, before, ann, false, 60_000).tags).toEqual(tags.slice(1));
});

it('is newer than the previous one, whatever the clock shows', () => {
  expect(changed(kinds.mutes, list([]), ann, true, 1_000).created_at).toBe(51);
  expect(changed(kinds.mutes, null, ann, true, 1_000)).toEqual({
    kind: 10000,
    created_at: 1,
    content: '',
    tags: [['p', ann]],
  });
});

it('reads only keys', () => {
  expect(keysIn(list([['p', ann], ['p', 'x'], ['e', bob], ['p']]))).toEqual([ann]);
});

const [ours, home, away, heard] = [
  'wss://ours.example',
  'wss://home.example',
  'wss://away.example',
  'wss://heard.example',
];

// someone is a user with lists on relays; a relay that is null does not answer.
async function someone(relays: Record<string, NostrEvent[] | null>) {
  const fresh = async (): Promise<User> => {
    const signer = localSigner(newSecret());
    return { pubkey: await signer.publicKey(), signer };
  };
  const user = signal(await fresh());
  // A signer takes its time.
  const sign = async (template: EventTemplate) => {
    await sleep(20);
    return ok(await user.value.signer.sign(template));
  };
  const session = { user, sign, server: async () => ok({ relay: ours }), now: Date.now, madeHere: () => false };
  const connect = (url: string) =>
    ({
      state: { value: 'open' },
      fetch: async ({ kinds }) => relays[url]?.filter(({ kind }) => kinds?.includes(kind)) ?? null,
      publish: async (event) => {
        relays[url]?.unshift(event);
        return { ok: true };
      },
      close: () => {},
    }) as Link;
  const has = async (url: string, kind: number, tags: string[][], created_at = 50) =>
    relays[url]?.push(await user.value.signer.sign({ kind, created_at, content: '', tags }));
  return { session, user, fresh, has, lists: () => createLists(session as unknown as Session, connect) };
}

it('loses none of two changes at once', async () => {
  const relays = { [ours]: [] as NostrEvent[] };
  const { has, lists } = await someone(relays);
  await has(ours, kinds.follows, []);
  const { follow } = lists();
  await Promise.all([follow(ann, true), follow(bob, true)]);
  expect(relays[ours]?.[0]?.tags).toEqual([
    ['p', ann],
    ['p', bob],
  ]);
});

it('goes on after a failed change', async () => {
  const relays = { [ours]: [] as NostrEvent[] };
  const { session, has, lists } = await someone(relays);
  await has(ours, kinds.follows, []);
  const { follow } = lists();
  const { sign } = session;
  session.sign = () => Promise.reject(new Error('broken'));
  await expect(follow(ann, true)).rejects.toThrow('broken');
  session.sign = sign;
  expect(await follow(bob, true)).toMatchObject({ ok: true });
  expect(relays[ours]?.[0]?.tags).toEqual([['p', bob]]);
});

it('never writes the list of one account as another’s', async () => {
  const relays = { [ours]: [] as NostrEvent[] };
  const { user, fresh, has, lists } = await someone(relays);
  await has(ours, kinds.mutes, [['p', ann]]);
  const next = await fresh();
  const change = lists().mute(bob, true);
  user.value = next;
  expect(await change).toMatchObject({ ok: false, failure: { code: 'list_unknown' } });
  expect(relays[ours]).toHaveLength(1);
});

it('changes a list only if a relay that its owner writes to has returned it', async () => {
  const relays: Record<string, NostrEvent[] | null> = { [ours]: [], [home]: null, [away]: null, [heard]: [] };
  const { has, lists } = await someone(relays);
  await has(ours, 10002, [
    ['r', home],
    ['r', away, 'write'],
    ['r', heard, 'read'],
  ]);
  await has(ours, kinds.follows, [], 40); // an old one
  const { follow } = lists();
  expect(await follow(bob, true)).toMatchObject({ ok: false, failure: { code: 'list_unknown' } });
  relays[home] = [];
  await has(home, kinds.follows, [['p', ann]]);
  await follow(bob, true);
  expect(relays[home]?.[0]?.tags).toEqual([
    ['p', ann],
    ['p', bob],
  ]);
});
