import { signal } from '@preact/signals';
import { expect, it, vi } from 'vitest';
import { followUser } from '../../src/app/followUser.ts';
import type { As } from '../../src/features/nest/join.ts';
import type { NestRoute, Phase } from '../../src/features/nest/live.ts';
import type { User } from '../../src/features/session/session.ts';

const person = (pubkey: string) => ({ pubkey }) as User;
const route = { address: { id: 'x' }, path: '/x' } as unknown as NestRoute;

function rig(first: User | null, at: Phase, who: As = 'member') {
  const user = signal(first);
  const [enter, leave, renew] = [vi.fn(), vi.fn(), vi.fn()];
  followUser({ user }, { phase: signal(at), route: signal(route), as: signal(who), enter, leave }, { renew });
  return { user, enter, leave, renew };
}

it.each<Phase>([
  { at: 'joining', step: 'member' },
  { at: 'joining', step: 'media' },
  { at: 'connected' },
  { at: 'reconnecting' },
])('enters again when a member switches accounts, and leaves when they log out: $at $step', (at) => {
  const { user, enter, leave } = rig(person('one'), at);
  user.value = person('two');
  expect(enter).toHaveBeenCalledExactlyOnceWith(route, 'member');
  user.value = null;
  expect(leave).toHaveBeenCalledOnce();
});

it.each<[string, User | null, Phase, As]>([
  ['is a guest', person('one'), { at: 'joining', step: 'guest' }, 'guest'],
  ['is not inside', person('one'), { at: 'left' }, 'member'],
  ['logs in for the first time', null, { at: 'joining', step: 'info' }, 'member'],
])('does nothing for a user who %s', (_, first, at, who) => {
  const { user, enter, leave, renew } = rig(first, at, who);
  user.value = person('two');
  expect(renew).toHaveBeenCalledOnce();
  expect([enter, leave].flatMap(({ mock }) => mock.calls)).toEqual([]);
});
