import { MicOff } from 'lucide';
import type { ComponentChildren } from 'preact';
import { t } from '../../lib/i18n.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import type { Live } from './live.ts';
import css from './People.module.css';
import type { Participant } from './participants.ts';

interface Props {
  live: Live;
  onChoose: (participant: Participant) => void; // opens the person's card
  overlay: (participant: Participant) => ComponentChildren; // shown over the picture
}

// The speakers, with large pictures. The ring follows the level of the voice.
export function Stage({ live, onChoose, overlay }: Props) {
  const participants = live.participants.value.filter((participant) => participant.onStage);
  return (
    <section class={css.stage} aria-label={t('region.stage')}>
      <h2>
        {t('region.stage')} <span class={css.count}>{participants.length}</span>
      </h2>
      {participants.length === 0 ? (
        <p class={css.nobody}>{t('stage.empty')}</p>
      ) : (
        <ul class={css.speakers}>
          {participants.map((participant) => (
            <Speaker
              key={participant.identity}
              participant={participant}
              live={live}
              onChoose={onChoose}
              overlay={overlay}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function Speaker({ participant, live, onChoose, overlay }: Props & { participant: Participant }) {
  const id = `person-${participant.identity.slice(0, 12)}`;
  return (
    <li class={css.speaker}>
      <button type="button" class={css.open} aria-haspopup="dialog" onClick={() => onChoose(participant)}>
        <Ring live={live} participant={participant}>
          {overlay(participant)}
        </Ring>
        <span class={css.name} id={id}>
          <Name id={participant.pubkey ?? participant.identity} />{' '}
          {participant.me && <span class={css.you}>{t('person.you')}</span>}
        </span>
      </button>
      <p class={css.role}>
        {participant.role === 'member' ? t('role.speaker') : t(`role.${participant.role}`)}
        {participant.lost && <span class={css.lost}>{t('person.lost')}</span>}
        {participant.muted && !participant.lost && (
          <span class={css.muted}>
            <Icon icon={MicOff} size={14} /> {t('person.muted')}
          </span>
        )}
        <Speaking live={live} participant={participant} />
      </p>
    </li>
  );
}

// A component of its own, so that only it is drawn again when the level changes.
function Ring({ live, participant, children }: { live: Live; participant: Participant; children: ComponentChildren }) {
  const level = participant.muted ? 0 : live.levels.of(participant.identity).value;
  return (
    <span class={css.face} data-level={level}>
      <Face id={participant.pubkey ?? participant.identity} size={96} />
      {children}
    </span>
  );
}

function Speaking({ live, participant }: { live: Live; participant: Participant }) {
  const speaks = !participant.muted && live.levels.speaking.value.includes(participant.identity);
  return speaks ? <span class="heard">{t('person.speaking')}</span> : null;
}
