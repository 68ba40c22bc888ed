import type { Participant as LiveKitParticipant, Room } from 'livekit-client';
import { expect, it } from 'vitest';
import {
  createLevels,
  participantsOf,
  pubkeyOf,
  roleOf,
  rolesFrom,
  withRaisedHand,
} from '../../src/features/nest/participants.ts';
import { host } from './kit.ts';

const admin = 'b'.repeat(64);

const participant = (identity: string, canPublish: boolean, more: object = {}): LiveKitParticipant =>
  ({
    identity,
    permissions: { canPublish },
    isMicrophoneEnabled: false,
    isLocal: false,
    ...more,
  }) as unknown as LiveKitParticipant;

it('reads roles from room metadata and from nothing else', () => {
  const metadata = JSON.stringify({ host, admins: [host, admin], speakers: [], link: '', recording: false });
  expect(rolesFrom(metadata)).toEqual({ host, admins: [host, admin] });
  expect(rolesFrom('')).toBeNull();
  expect(rolesFrom('null')).toBeNull();
  expect(rolesFrom('{"admins":[]}')).toBeNull();
  expect(roleOf(admin, rolesFrom(metadata))).toBe('admin');
  expect(roleOf(null, rolesFrom(metadata))).toBe('member');
});

it('reads the key from an identity, and none from a guest’s', () => {
  expect(pubkeyOf(host)).toBe(host);
  expect(pubkeyOf(`${host}#x`)).toBe(host);
  expect(pubkeyOf('guest-6f1c3c1e-30b5-4a55-9a53-6f2d8e3f1c11')).toBeNull();
});

it('reads the stage from the permission, lists the host first and leaves recorders out', () => {
  const room = {
    localParticipant: participant('guest-1234', false, { isLocal: true }),
    remoteParticipants: new Map(
      [
        participant(admin, true, { isMicrophoneEnabled: true }),
        participant(host, true),
        participant('recorder-6f1c3c1e', false),
      ].map((p) => [p.identity, p]),
    ),
  } as unknown as Room;
  const participants = participantsOf(room, { host, admins: [host, admin] });
  expect(participants.map((p) => [p.role, p.onStage, p.muted, p.me])).toEqual([
    ['host', true, true, false],
    ['admin', true, false, false],
    ['member', false, false, true],
  ]);
});

it('levels fall back to silence', () => {
  const levels = createLevels();
  levels.show([participant(host, true, { audioLevel: 0.4 })]);
  expect(levels.of(host).value).toBeGreaterThan(1);
  expect(levels.speaking.value).toEqual([host]);
  levels.show([]);
  expect(levels.of(host).value).toBe(0);
  expect(levels.speaking.value).toEqual([]);
});

it('lists hands in the order they were raised, and ignores anything else', () => {
  const at = (identity: string, hand: string | undefined, onStage = false) =>
    participant(identity.repeat(64), onStage, { attributes: hand === undefined ? {} : { hand } });
  const room = {
    localParticipant: participant('guest-1234', false, { isLocal: true }),
    remoteParticipants: new Map(
      [at('c', '3000'), at('d', '1000'), at('e', '2000', true), at('f', 'soon'), at('1', '-5'), at('2', undefined)].map(
        (p) => [p.identity, p],
      ),
    ),
  } as unknown as Room;
  expect(
    withRaisedHand(participantsOf(room, null)).map((participant) => [participant.identity[0], participant.hand]),
  ).toEqual([
    ['d', 1000],
    ['c', 3000],
  ]);
});
