import { effect, untracked } from '@preact/signals';
import { t } from '../../lib/i18n.ts';
import type { Show } from '../../ui/toasts.ts';
import type { Invitation } from './invitation.ts';
import type { Live } from './live.ts';
import type { Person } from './people.ts';

// announce tells what changed for the user himself, and to moderators who raised a hand. What somebody else did to the user is
// read out at once. It returns how to stop it.
export function announce(
  live: Live,
  invitation: Invitation,
  show: Show,
  nameOf: (person: Person) => string,
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

// Coming back after a reconnect is no news, so what was before is kept meanwhile.
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

const untilStage = 1_500; // ms between the hand that goes down and the right to speak, at most

function ownHand(live: Live, show: Show): () => void {
  let was: boolean | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    const me = live.me.value;
    const hands = live.hands.value;
    if (live.phase.value.at === 'reconnecting') return;
    const now = live.phase.value.at === 'connected' && me ? me.hand > 0 : null;
    if (was === false && now === true) {
      show(t('announce.handUp', { place: hands.findIndex((person) => person.me) + 1 }), { tone: 'good' });
    }
    // Going on stage lowers the hand, too, and says so itself; the two come one after the other.
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

function otherHands(live: Live, show: Show, nameOf: (person: Person) => string): () => void {
  let known: Set<string> | null = null; // null while outside: those who are up already are no news
  return effect(() => {
    const hands = live.hands.value;
    const { at } = live.phase.value;
    if (at === 'reconnecting') return;
    const role = live.me.value?.role;
    const told = at === 'connected' && (role === 'host' || role === 'admin');
    const news = known && told ? hands.filter((person) => !person.me && !known?.has(person.identity)) : [];
    if (news.length > 0) show(handsRaised(news, nameOf));
    known = told ? new Set(hands.map((person) => person.identity)) : null;
  });
}

const handsRaised = (people: Person[], nameOf: (person: Person) => string): string =>
  people.length === 1 && people[0]
    ? t('announce.hand', { name: nameOf(people[0]) })
    : t('announce.hands', { count: people.length });
