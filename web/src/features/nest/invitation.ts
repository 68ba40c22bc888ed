import { effect, signal } from '@preact/signals';
import type { Live } from './live.ts';

export type Invitation = ReturnType<typeof createInvitation>;

// A user whom a moderator moves on stage may speak at once, but is asked first. Accepting changes nothing on the
// server; declining moves the user back to the audience.
export function createInvitation(live: Live) {
  const open = signal(false);
  const accepted = signal(0); // how often the user went on stage, by accepting or on their own
  let was: boolean | null = null; // null while not connected
  let isOwn = false; // the user asked to go on stage

  effect(() => {
    const { at } = live.phase.value;
    const me = live.me.value;
    if (at === 'reconnecting') return; // an invitation that arrives meanwhile counts afterwards
    const now = at === 'connected' && me ? me.onStage : null;
    if (was === false && now === true) {
      // Only the host can move the host.
      if (isOwn || me?.role === 'host') accepted.value = accepted.peek() + 1;
      else open.value = true;
      isOwn = false;
    }
    if (now !== true) open.value = false;
    was = now;
  });

  return {
    open,
    accepted,
    accept: () => {
      open.value = false;
      accepted.value++;
    },
    // expectOwn is called before the user asks to go on stage, and with false when that was refused.
    expectOwn: (is: boolean) => {
      isOwn = is;
    },
  };
}
