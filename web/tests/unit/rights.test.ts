import { expect, it } from 'vitest';
import type { Person, Role } from '../../src/features/room/people.ts';
import { type Right, rightsOver } from '../../src/features/room/rights.ts';

const person = (role: Role, more: Partial<Person> = {}): Person => ({
  identity: 'b'.repeat(64),
  pubkey: 'b'.repeat(64),
  role,
  onStage: false,
  muted: false,
  lost: false,
  hand: 0,
  me: false,
  joinedAt: 0,
  ...more,
});

const me = (role: Role) => person(role, { me: true, identity: 'a'.repeat(64), pubkey: 'a'.repeat(64) });
const guest = person('member', { pubkey: null, identity: 'guest-1' });

it.each<[string, Role, Person, Right[]]>([
  ['a member nothing', 'member', person('member'), []],
  ['a host all of a listener', 'host', person('member'), ['invite', 'makeModerator', 'remove', 'ban']],
  [
    'a host all of a hand',
    'host',
    person('member', { hand: 1 }),
    ['invite', 'lowerHand', 'makeModerator', 'remove', 'ban'],
  ],
  [
    'a host all of a speaker',
    'host',
    person('member', { onStage: true }),
    ['moveDown', 'mute', 'makeModerator', 'remove', 'ban'],
  ],
  [
    'nobody mutes twice',
    'host',
    person('member', { onStage: true, muted: true }),
    ['moveDown', 'makeModerator', 'remove', 'ban'],
  ],
  ['a host a moderator', 'host', person('admin'), ['invite', 'unmakeModerator', 'remove', 'ban']],
  ['a moderator a listener', 'admin', person('member'), ['invite', 'remove', 'ban']],
  ['a moderator another', 'admin', person('admin', { onStage: true }), ['moveDown', 'mute']],
  ['a moderator never the host', 'admin', person('host', { onStage: true }), []],
  ['a guest is only put out', 'host', guest, ['remove']],
  ['a host calls himself up', 'host', me('host'), ['invite']],
  ['a moderator calls himself up', 'admin', me('admin'), ['invite']],
  ['a member does not', 'member', me('member'), []],
])('%s', (_, role, about, rights) => {
  expect(rightsOver(about, me(role))).toEqual(rights);
});

it('nobody inside, nobody entitled', () => {
  expect(rightsOver(person('member'), null)).toEqual([]);
});
