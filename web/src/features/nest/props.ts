import type { ComponentChildren } from 'preact';
import type { Result } from '../../lib/result.ts';
import type { User } from '../session/session.ts';
import type { Invitation } from './invitation.ts';
import type { As } from './join.ts';
import type { Live, NestRoute } from './live.ts';
import type { Participant } from './participants.ts';
import type { NestPreview } from './preview.ts';

// What the page of a nest is given.
export interface NestProps {
  route: NestRoute;
  live: Live;
  invitation: Invitation;
  preview: NestPreview;
  user: User | null;
  enter: (as: As) => Promise<void>; // as a member: makes sure first that there is a key
  moderate: Moderate;
  parts: Parts;
}

// The parts of the page that other features draw. A feature does not import another's components, so app passes them
// in.
export interface Parts {
  share: ComponentChildren;
  soundSettings: ComponentChildren;
  diagnostics: ComponentChildren;
  keyNote: string | null; // which key a member joins with
  chat: { panel: ComponentChildren; button: ComponentChildren };
  // over a person's picture
  reactions: { button: ComponentChildren; over: (participant: Participant) => ComponentChildren };
  profile: (participant: Participant) => ComponentChildren;
  moderator: { access: ComponentChildren; bans: ComponentChildren };
  host: {
    edit: ComponentChildren;
    signatureDue: ComponentChildren;
    afterShow: (host: string) => ComponentChildren; // for a nest that has ended
  };
}

// What a user may do to the nest and to others. The page shows a refusal, and otherwise waits for the effect to arrive.
export interface Moderate {
  invite: (participant: Participant) => Promise<Result<unknown>>;
  moveDown: (participant: Participant) => Promise<Result<unknown>>;
  mute: (participant: Participant) => Promise<Result<unknown>>;
  muteAll: () => Promise<Result<unknown>>;
  raiseHand: () => Promise<Result<unknown>>;
  lowerHand: (participant: Participant) => Promise<Result<unknown>>;
  setModerator: (participant: Participant, is: boolean) => Promise<Result<unknown>>;
  remove: (participant: Participant) => Promise<Result<unknown>>;
  ban: (participant: Participant) => Promise<Result<unknown>>;
  end: () => Promise<Result<unknown>>;
  close: () => Promise<Result<unknown>>; // ends the show, as moderators may too
  goLive: () => Promise<void>;
  restart: () => Promise<void>;
}
