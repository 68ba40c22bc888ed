import { Hand, Mic } from 'lucide';
import type { ComponentChildren } from 'preact';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import { WindowedGrid } from '../../ui/WindowedGrid.tsx';
import type { Live } from './live.ts';
import css from './People.module.css';
import type { Participant } from './participants.ts';
import type { Moderate } from './props.ts';
import { canModerate, rightsOver } from './rights.ts';

interface Props {
  live: Live;
  moderate: Moderate;
  onChoose: (participant: Participant) => void; // opens the person's card
  overlay: (participant: Participant) => ComponentChildren; // shown over the picture
}

export function Audience({ live, moderate, onChoose, overlay }: Props) {
  const participants = live.participants.value.filter((participant) => !participant.onStage);
  const moderator = canModerate(live.me.value);
  return (
    <section class={css.audience} aria-label={t('region.audience')}>
      <h2>
        {t('region.audience')} <span class={css.count}>{participants.length}</span>
      </h2>
      {participants.length === 0 ? (
        <p class={css.nobody}>{t('audience.empty')}</p>
      ) : (
        <div class={css.listeners}>
          {/* A moderator's column has room for the button beside the name. */}
          <WindowedGrid
            items={participants}
            label={t('region.audience')}
            rowHeight={64}
            columnMin={moderator ? 330 : 200}
            gap={4}
            most={160} // about what a desktop's screen shows beside the stage
          >
            {(participant, index) => (
              <Listener
                key={participant.identity}
                participant={participant}
                position={{ index, of: participants.length }}
                live={live}
                moderate={moderate}
                onChoose={onChoose}
                overlay={overlay}
              />
            )}
          </WindowedGrid>
        </div>
      )}
    </section>
  );
}

function Listener({
  participant,
  position,
  live,
  moderate,
  onChoose,
  overlay,
}: Props & { participant: Participant; position: { index: number; of: number } }) {
  // Raised hands are answered in the queue.
  const mayInvite = participant.hand === 0 && rightsOver(participant, live.me.value).includes('invite');
  const id = `person-${participant.identity.slice(0, 12)}`;
  return (
    <li class={css.listener} aria-posinset={position.index + 1} aria-setsize={position.of}>
      <button type="button" class={css.open} aria-haspopup="dialog" onClick={() => onChoose(participant)}>
        <span class={css.over}>
          <Face id={participant.pubkey ?? participant.identity} size={44} />
          {overlay(participant)}
        </span>
        <span class={css.name} id={id}>
          <Name id={participant.pubkey ?? participant.identity} />{' '}
          {participant.me && <span class={css.you}>{t('person.you')}</span>}{' '}
          {participant.role !== 'member' && <span class={css.you}>{t(`role.${participant.role}`)}</span>}
        </span>
        {participant.hand > 0 && <Raised live={live} participant={participant} />}
      </button>
      {mayInvite && (
        <Button look="plain" icon={Mic} describedBy={id} onClick={() => void moderate.invite(participant)}>
          {participant.me ? t('action.takeStage') : t('action.invite')}
        </Button>
      )}
    </li>
  );
}

// Raised shows to everybody that a listener asks to speak, and their place in the queue.
function Raised({ live, participant }: { live: Live; participant: Participant }) {
  const position = live.hands.value.findIndex((hand) => hand.identity === participant.identity) + 1;
  return (
    <span class={css.hand}>
      <Icon icon={Hand} size={16} />
      <span class="heard">{t('person.hand')} </span>
      {position}
    </span>
  );
}
