import { Mic } from 'lucide';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import css from './Hands.module.css';
import type { Live } from './live.ts';
import people from './People.module.css';
import type { Participant } from './participants.ts';
import type { Moderate } from './props.ts';

// The queue of raised hands, first come first. Only the host and moderators see it.
export function Hands({ live, moderate }: { live: Live; moderate: Moderate }) {
  const hands = live.hands.value;
  return (
    <section class={css.hands} aria-label={t('region.hands')}>
      <h2>
        {t('region.hands')} <span class={people.count}>{hands.length}</span>
      </h2>
      {hands.length === 0 ? (
        <p class={people.nobody}>{t('hands.empty')}</p>
      ) : (
        <ol class={css.queue}>
          {hands.map((participant, index) => (
            <Asking key={participant.identity} participant={participant} position={index + 1} moderate={moderate} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Asking({
  participant,
  position,
  moderate,
}: {
  participant: Participant;
  position: number;
  moderate: Moderate;
}) {
  const id = `hand-${participant.identity.slice(0, 12)}`;
  return (
    <li class={css.asking}>
      <span class={css.place} aria-hidden="true">
        {position}
      </span>
      <Face id={participant.pubkey ?? participant.identity} size={44} />
      <p class={people.name} id={id}>
        <Name id={participant.pubkey ?? participant.identity} />{' '}
        {participant.me && <span class={people.you}>{t('person.you')}</span>}
      </p>
      <div class={css.actions}>
        <Button icon={Mic} describedBy={id} onClick={() => void moderate.invite(participant)}>
          {participant.me ? t('action.takeStage') : t('action.invite')}
        </Button>
        <Button look="quiet" describedBy={id} onClick={() => void moderate.lowerHand(participant)}>
          {t('action.lowerHand')}
        </Button>
      </div>
    </li>
  );
}
