import type { ReadonlySignal } from '@preact/signals';
import { announce } from '../features/nest/announce.ts';
import { followDevice } from '../features/nest/device.ts';
import type { Invitation } from '../features/nest/invitation.ts';
import { listenToKeys } from '../features/nest/keys.ts';
import type { Live } from '../features/nest/live.ts';
import { showMediaSession } from '../features/nest/mediaSession.ts';
import { keepScreenOn } from '../features/nest/screen.ts';
import type { Show } from '../ui/toasts.ts';

export interface Wishes {
  shortcuts: ReadonlySignal<boolean>; // single keys act
  screenOn: ReadonlySignal<boolean>; // also while listening
  identity: Parameters<typeof showMediaSession>[1];
  invitation: Invitation;
  show: Show;
}

// inCall starts what is needed only in a nest, and loaded with the first one: announcements, keyboard, screen, media
// session, and reconnecting after a sleep or a lost network.
export function inCall(live: Live, { shortcuts, screenOn, identity, invitation, show }: Wishes): void {
  announce(live, invitation, show, (participant) => identity(participant.pubkey ?? participant.identity).peek().name);
  listenToKeys(
    live,
    () => shortcuts.peek(),
    (mic) => void live.setMic(mic),
  );
  followDevice(live);
  keepScreenOn(live, screenOn);
  showMediaSession(live, identity);
}
