import { type Signal, signal } from '@preact/signals';
import type { Participant as LiveKitParticipant, Room } from 'livekit-client';
import { t } from '../../lib/i18n.ts';

export type Role = 'host' | 'admin' | 'member';

export interface Participant {
  identity: string;
  pubkey: string | null; // null for guests
  role: Role;
  onStage: boolean;
  muted: boolean; // on stage with the microphone off
  lost: boolean; // the server receives nothing from this connection
  hand: number; // unix ms when it was raised, 0 when down
  me: boolean;
  joinedAt: number;
}

// Who is host or moderator, from LiveKit's room metadata or the API's info.
export interface Roles {
  host: string;
  admins: string[];
}

// rolesFrom reads the host and the moderators from the room's metadata. It returns null if the metadata is invalid.
export function rolesFrom(metadata: string | undefined): Roles | null {
  try {
    const value: unknown = JSON.parse(metadata ?? '');
    if (typeof value !== 'object' || value === null) return null;
    const { host, admins } = value as { host?: unknown; admins?: unknown };
    if (typeof host !== 'string') return null;
    return { host, admins: Array.isArray(admins) ? admins.filter((key) => typeof key === 'string') : [] };
  } catch {
    return null;
  }
}

// roleOf returns member while the roles are unknown, and for guests.
export function roleOf(pubkey: string | null, roles: Roles | null): Role {
  if (!pubkey || !roles) return 'member';
  if (pubkey === roles.host) return 'host';
  return roles.admins.includes(pubkey) ? 'admin' : 'member';
}

// pubkeyOf reads the first 64 hex digits of an identity; a second connection of one user has a suffix. null for guests.
export function pubkeyOf(identity: string): string | null {
  return /^[0-9a-f]{64}/.exec(identity)?.[0] ?? null;
}

const lostQuality = 'lost'; // livekit-client's ConnectionQuality.Lost, without loading the library

// Identities of connections that are not people.
const machine = /^(recorder|check)-/;

// participantsOf returns the people in a room, the user included, in the order of display.
export function participantsOf(room: Room, roles: Roles | null): Participant[] {
  return [room.localParticipant as LiveKitParticipant, ...room.remoteParticipants.values()]
    .filter((p) => p.identity !== '' && !machine.test(p.identity))
    .map((p) => participantOf(p, roles))
    .sort(byPlace);
}

function participantOf(p: LiveKitParticipant, roles: Roles | null): Participant {
  const pubkey = pubkeyOf(p.identity);
  const onStage = p.permissions?.canPublish === true;
  return {
    identity: p.identity,
    pubkey,
    role: roleOf(pubkey, roles),
    onStage,
    muted: onStage && !p.isMicrophoneEnabled,
    lost: p.connectionQuality === lostQuality,
    hand: onStage ? 0 : handRaisedAt(p.attributes),
    me: p.isLocal,
    joinedAt: p.joinedAt?.getTime() ?? 0,
  };
}

// handRaisedAt returns the time in unix ms at which the hand was raised, or 0. The server writes this attribute;
// anything but a time is ignored.
function handRaisedAt(attributes: Readonly<Record<string, string>> | undefined): number {
  const since = Number(attributes?.hand);
  return Number.isSafeInteger(since) && since > 0 ? since : 0;
}

// withRaisedHand returns the participants whose hand is raised, the earliest first.
export function withRaisedHand(participants: Participant[]): Participant[] {
  return participants
    .filter((participant) => participant.hand > 0)
    .sort((a, b) => a.hand - b.hand || a.identity.localeCompare(b.identity));
}

export const guestName = (identity: string): string =>
  t('person.guest', { id: identity.replace(/^guest-/, '').slice(0, 4) });

const rank: Record<Role, number> = { host: 0, admin: 1, member: 2 };

// The host first, then moderators, then by time of joining. The order does not depend on who is speaking.
function byPlace(a: Participant, b: Participant): number {
  return rank[a.role] - rank[b.role] || a.joinedAt - b.joinedAt || a.identity.localeCompare(b.identity);
}

// createLevels keeps how loud each identity speaks, in steps from 0 to 5. Each has a signal of its own, because levels
// change twice a second.
export function createLevels() {
  const levels = new Map<string, Signal<number>>();
  const speaking = signal<string[]>([]); // identities, sorted

  const of = (identity: string): Signal<number> => {
    let level = levels.get(identity);
    if (!level) {
      level = signal(0);
      levels.set(identity, level);
    }
    return level;
  };

  function show(speakers: LiveKitParticipant[]): void {
    const now = new Map(speakers.map((p) => [p.identity, p.audioLevel]));
    for (const identity of now.keys()) of(identity);
    for (const [identity, level] of levels) level.value = step(now.get(identity) ?? 0);
    const names = speakers.map((p) => p.identity).sort();
    if (names.join() !== speaking.peek().join()) speaking.value = names;
  }

  return { of, show, speaking, clear: () => show([]) };
}

// LiveKit's level is linear, and speech lies in its lower half: the steps follow its square root.
const step = (level: number): number => (level <= 0 ? 0 : Math.min(5, Math.max(1, Math.ceil(Math.sqrt(level) * 6))));
