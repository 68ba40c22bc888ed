import { computed, signal } from '@preact/signals';
import type { Info } from '../../lib/api.ts';
import type { Failure } from '../../lib/errors.ts';
import type { Address } from '../../nostr/link.ts';
import type { As, Step } from './join.ts';
import { type Participant, type Roles, withRaisedHand } from './participants.ts';

// How the user is connected to a nest.
export type Phase =
  | { at: 'out' } // no nest was entered
  | { at: 'joining'; step: Step | 'media' }
  | { at: 'waiting'; startsAt: number | null } // for a planned nest to open
  | { at: 'connected' }
  | { at: 'reconnecting' }
  | { at: 'left' }
  | { at: 'removed' }
  | { at: 'other-tab' }
  | { at: 'failed'; failure: Failure; offers: As[] };

export interface NestRoute {
  address: Address;
  path: string; // of the nest's page
}

export type LiveState = ReturnType<typeof createLiveState>;

// The nest that the user entered, or tried to, as the page shows it.
export function createLiveState() {
  const route = signal<NestRoute | null>(null);
  const info = signal<Info | null>(null);
  const participants = signal<Participant[]>([]);
  return {
    phase: signal<Phase>({ at: 'out' }),
    route,
    info,
    participants,
    roles: signal<Roles | null>(null),
    as: signal<As>('member'),
    fellBack: signal<Failure | null>(null), // why a user with a key is a guest
    soundBlocked: signal(false), // until a tap
    hands: computed(() => withRaisedHand(participants.value)),
    me: computed(() => participants.value.find((participant) => participant.me) ?? null),
    // infoOf returns what is known of a nest if it is the one entered. The page may show another.
    infoOf: (id: string): Info | null => (route.value?.address.id === id ? info.value : null),
  };
}
