import type { ComponentChildren } from 'preact';
import type { Result } from '../../lib/result.ts';
import type { User } from '../session/session.ts';
import type { Invitation } from './invitation.ts';
import type { As } from './join.ts';
import type { Live, Place } from './live.ts';
import type { Person } from './people.ts';
import type { Preview } from './preview.ts';

// What a nest's page needs from the rest of the app.
export interface RoomProps {
  place: Place;
  live: Live;
  invitation: Invitation;
  user: User | null;
  preview: { state: { value: Preview }; refresh: () => Promise<boolean> };
  enter: (as: As) => Promise<void>; // makes sure of a user first, when as a member
  moderate: Moderate;
  diagnostics: ComponentChildren;
  share: ComponentChildren;
  chat: ComponentChildren;
  chatButton: ComponentChildren;
  react: ComponentChildren;
  floats: (person: Person) => ComponentChildren; // what somebody sends, over the face
  letIn: ComponentChildren; // who may come into a private nest, for moderators
  soundSettings: ComponentChildren;
  about: (person: Person) => ComponentChildren; // who somebody is beyond this nest
  edit: ComponentChildren; // the host's
  owed: ComponentChildren; // a signature that the host owes
  over: (host: string) => ComponentChildren; // what its host may do with a nest that has ended
  banned: ComponentChildren; // who is kept out, for moderators
  keyNote: string | null;
}

// Answers of the API to what a moderator did; the page shows a refusal and otherwise waits for the effect.
export interface Moderate {
  invite: (person: Person) => Promise<Result<unknown>>;
  moveDown: (person: Person) => Promise<Result<unknown>>;
  mute: (person: Person) => Promise<Result<unknown>>;
  muteAll: () => Promise<Result<unknown>>;
  raiseHand: () => Promise<Result<unknown>>;
  lowerHand: (person: Person) => Promise<Result<unknown>>;
  setModerator: (person: Person, is: boolean) => Promise<Result<unknown>>;
  remove: (person: Person) => Promise<Result<unknown>>;
  ban: (person: Person) => Promise<Result<unknown>>;
  end: () => Promise<Result<unknown>>;
  close: () => Promise<Result<unknown>>; // ends the show; moderators may, too
  goLive: () => Promise<void>;
  restart: () => Promise<void>;
}
