import type { ReadonlySignal } from '@preact/signals';
import { announce } from '../features/room/announce.ts';
import { followDevice } from '../features/room/device.ts';
import type { Invitation } from '../features/room/invitation.ts';
import { listenToKeys } from '../features/room/keys.ts';
import type { Live } from '../features/room/live.ts';
import { showMediaSession } from '../features/room/mediaSession.ts';
import { keepScreenOn } from '../features/room/screen.ts';
import type { Show } from '../ui/toasts.ts';

export interface Wishes {
  shortcuts: ReadonlySignal<boolean>; // single keys act
  screenOn: ReadonlySignal<boolean>; // also while only listening
  identity: Parameters<typeof showMediaSession>[1];
  invitation: Invitation;
  show: Show;
}

// inCall is what nobody needs who has not entered a nest yet: what is announced, sleep and lost networks, the keyboard,
// the screen, and what the lock screen shows.
export function inCall(live: Live, { shortcuts, screenOn, identity, invitation, show }: Wishes): void {
  announce(live, invitation, show, (person) => identity(person.pubkey ?? person.identity).peek().name);
  listenToKeys(
    live,
    () => shortcuts.peek(),
    (mic) => void live.setMic(mic),
  );
  followDevice(live);
  keepScreenOn(live, screenOn);
  showMediaSession(live, identity);
}
