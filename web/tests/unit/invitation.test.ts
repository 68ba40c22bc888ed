import { signal } from '@preact/signals';
import { expect, it } from 'vitest';
import { createInvitation } from '../../src/features/nest/invitation.ts';
import type { Live } from '../../src/features/nest/live.ts';

type At = 'out' | 'connected' | 'reconnecting';

function rig(role: 'host' | 'member' = 'member') {
  const phase = signal<{ at: At }>({ at: 'connected' });
  const me = signal<{ role: string; onStage: boolean } | null>(null);
  const invitation = createInvitation({ phase, me } as unknown as Live);
  const stage = (onStage: boolean) => {
    me.value = { role, onStage };
  };
  return { phase, me, invitation, stage };
}

it('asks a user whom a moderator moves on stage', () => {
  const { invitation, stage } = rig();
  stage(false);
  expect(invitation.open.value).toBe(false);
  stage(true);
  expect(invitation.open.value).toBe(true);
  invitation.accept();
  expect([invitation.open.value, invitation.accepted.value]).toEqual([false, 1]);
  stage(true);
  expect(invitation.open.value).toBe(false);
});

it('does not ask a user who enters on stage or goes there on their own', () => {
  const { invitation, stage } = rig();
  stage(true);
  expect(invitation.open.value).toBe(false);
  stage(false);
  invitation.expectOwn(true);
  stage(true);
  expect([invitation.open.value, invitation.accepted.value]).toEqual([false, 1]);
  stage(false);
  stage(true);
  expect(invitation.open.value).toBe(true);
  const host = rig('host');
  host.stage(false);
  host.stage(true);
  expect(host.invitation.open.value).toBe(false);
});

it('keeps an invitation through a reconnect, and drops it when the user leaves or is moved to the audience', () => {
  const { invitation, stage, phase, me } = rig();
  stage(false);
  phase.value = { at: 'reconnecting' };
  phase.value = { at: 'connected' };
  stage(true);
  expect(invitation.open.value).toBe(true);
  phase.value = { at: 'reconnecting' };
  expect(invitation.open.value).toBe(true);
  phase.value = { at: 'connected' };
  stage(false);
  expect(invitation.open.value).toBe(false);
  stage(true);
  phase.value = { at: 'out' };
  me.value = null;
  expect(invitation.open.value).toBe(false);
});
