import { effect, untracked } from '@preact/signals';
import { t } from '../../lib/i18n.ts';
import type { Show } from '../../ui/toasts.ts';
import type { Invitation } from './invitation.ts';
import type { Live } from './live.ts';
import type { Participant } from './participants.ts';

// announce shows a toast when something changes for the user, and, to moderators, when somebody raises a hand. A toast
// about what another user did to this one is urgent. Call the returned function to stop it.
export function announce(
  live: Live,
  invitation: Invitation,
  show: Show,
  nameOf: (participant: Participant) => string,
): () => void {
  const stops = [
    effect(() => {
      if (invitation.accepted.value > 0) untracked(() => show(t('announce.onStage'), { tone: 'good' }));
    }),
    effect(() => {
      if (live.silenced.value > 0) untracked(() => show(t('announce.muted'), { urgent: true }));
    }),
    onStage(live, show),
    asGuest(live, show),
    ownHand(live, show),
    otherHands(live, show, nameOf),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

// The state before a reconnect is kept, so that reconnecting is not announced.
function onStage(live: Live, show: Show): () => void {
  let was: boolean | null = null; // null while outside
  return effect(() => {
    const me = live.me.value;
    if (live.phase.value.at === 'reconnecting') return;
    const now = live.phase.value.at === 'connected' && me ? me.onStage : null;
    if (was === true && now === false) show(t('announce.offStage'));
    was = now;
  });
}

function asGuest(live: Live, show: Show): () => void {
  let entered = false;
  return effect(() => {
    const { at } = live.phase.value;
    if (at === 'connected' && !entered && live.as.value === 'guest') show(t('announce.guest'));
    entered = at === 'connected' || at === 'reconnecting';
  });
}

const untilStage = 1_500; // ms, the longest time between the lowered hand and the right to speak

function ownHand(live: Live, show: Show): () => void {
  let was: boolean | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    const me = live.me.value;
    const hands = live.hands.value;
    if (live.phase.value.at === 'reconnecting') return;
    const now = live.phase.value.at === 'connected' && me ? me.hand > 0 : null;
    if (was === false && now === true) {
      show(t('announce.handUp', { place: hands.findIndex((participant) => participant.me) + 1 }), { tone: 'good' });
    }
    // Going on stage also lowers the hand, and has its own toast. The two changes arrive one after the other.
    if (was === true && now === false) {
      timer = setTimeout(() => {
        if (live.me.peek()?.onStage === false) show(t('announce.handDown'));
      }, untilStage);
    }
    if (now !== false || me?.onStage) clearTimeout(timer);
    was = now;
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function otherHands(live: Live, show: Show, nameOf: (participant: Participant) => string): () => void {
  let known: Set<string> | null = null; // null while not connected: hands that are up already are not announced
  return effect(() => {
    const hands = live.hands.value;
    const { at } = live.phase.value;
    if (at === 'reconnecting') return;
    const role = live.me.value?.role;
    const isModerator = at === 'connected' && (role === 'host' || role === 'admin');
    const news =
      known && isModerator ? hands.filter((participant) => !participant.me && !known?.has(participant.identity)) : [];
    if (news.length > 0) show(handsRaised(news, nameOf));
    known = isModerator ? new Set(hands.map((participant) => participant.identity)) : null;
  });
}

const handsRaised = (participants: Participant[], nameOf: (participant: Participant) => string): string =>
  participants.length === 1 && participants[0]
    ? t('announce.hand', { name: nameOf(participants[0]) })
    : t('announce.hands', { count: participants.length });
