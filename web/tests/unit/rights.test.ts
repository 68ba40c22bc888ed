import { expect, it } from 'vitest';
import type { Participant, Role } from '../../src/features/nest/participants.ts';
import { type Right, rightsOver } from '../../src/features/nest/rights.ts';

const participant = (role: Role, more: Partial<Participant> = {}): Participant => ({
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

const me = (role: Role) => participant(role, { me: true, identity: 'a'.repeat(64), pubkey: 'a'.repeat(64) });
const guest = participant('member', { pubkey: null, identity: 'guest-1' });

it.each<[string, Role, Participant, Right[]]>([
  ['a member nothing', 'member', participant('member'), []],
  ['a host all of a listener', 'host', participant('member'), ['invite', 'makeModerator', 'remove', 'ban']],
  [
    'a host all of a hand',
    'host',
    participant('member', { hand: 1 }),
    ['invite', 'lowerHand', 'makeModerator', 'remove', 'ban'],
  ],
  [
    'a host all of a speaker',
    'host',
    participant('member', { onStage: true }),
    ['moveDown', 'mute', 'makeModerator', 'remove', 'ban'],
  ],
  [
    'nobody mutes twice',
    'host',
    participant('member', { onStage: true, muted: true }),
    ['moveDown', 'makeModerator', 'remove', 'ban'],
  ],
  ['a host a moderator', 'host', participant('admin'), ['invite', 'unmakeModerator', 'remove', 'ban']],
  ['a moderator a listener', 'admin', participant('member'), ['invite', 'remove', 'ban']],
  ['a moderator another', 'admin', participant('admin', { onStage: true }), ['moveDown', 'mute']],
  ['a moderator never the host', 'admin', participant('host', { onStage: true }), []],
  ['a guest is only put out', 'host', guest, ['remove']],
  ['a host invites themselves', 'host', me('host'), ['invite']],
  ['a moderator invites themselves', 'admin', me('admin'), ['invite']],
  ['a member does not', 'member', me('member'), []],
])('%s', (_, role, about, rights) => {
  expect(rightsOver(about, me(role))).toEqual(rights);
});

it('nobody inside, nobody entitled', () => {
  expect(rightsOver(participant('member'), null)).toEqual([]);
});
