import { effect, signal } from '@preact/signals';
import type { Live } from './live.ts';

export type Invitation = ReturnType<typeof createInvitation>;

// Whoever is put on the stage by somebody else has the right to speak at once, but is asked first. Saying yes changes nothing on
// the server; saying no gives the stage back.
export function createInvitation(live: Live) {
  const open = signal(false);
  const accepted = signal(0); // how often the user went on stage, by saying yes or by himself
  let was: boolean | null = null; // null while outside
  let own = false; // the user puts himself there

  effect(() => {
    const { at } = live.phase.value;
    const me = live.me.value;
    if (at === 'reconnecting') return; // an invitation during a short loss is still one
    const now = at === 'connected' && me ? me.onStage : null;
    if (was === false && now === true) {
      // Only the host himself moves the host.
      if (own || me?.role === 'host') accepted.value = accepted.peek() + 1;
      else open.value = true;
      own = false;
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
    // myself is told before the user puts himself on the stage, and with false when that was refused.
    myself: (is: boolean) => {
      own = is;
    },
  };
}
