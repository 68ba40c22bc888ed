import { MicOff } from 'lucide';
import type { ComponentChildren } from 'preact';
import { t } from '../../lib/i18n.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import type { Live } from './live.ts';
import css from './People.module.css';
import type { Person } from './people.ts';

interface Props {
  live: Live;
  onChoose: (person: Person) => void; // opens the person's card
  overlay: (person: Person) => ComponentChildren; // shown over the picture
}

// The speakers, with large pictures. The ring follows the level of the voice.
export function Stage({ live, onChoose, overlay }: Props) {
  const people = live.people.value.filter((person) => person.onStage);
  return (
    <section class={css.stage} aria-label={t('region.stage')}>
      <h2>
        {t('region.stage')} <span class={css.count}>{people.length}</span>
      </h2>
      {people.length === 0 ? (
        <p class={css.nobody}>{t('stage.empty')}</p>
      ) : (
        <ul class={css.speakers}>
          {people.map((person) => (
            <Speaker key={person.identity} person={person} live={live} onChoose={onChoose} overlay={overlay} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Speaker({ person, live, onChoose, overlay }: Props & { person: Person }) {
  const id = `person-${person.identity.slice(0, 12)}`;
  return (
    <li class={css.speaker}>
      <button type="button" class={css.open} aria-haspopup="dialog" onClick={() => onChoose(person)}>
        <Ring live={live} person={person}>
          {overlay(person)}
        </Ring>
        <span class={css.name} id={id}>
          <Name id={person.pubkey ?? person.identity} /> {person.me && <span class={css.you}>{t('person.you')}</span>}
        </span>
      </button>
      <p class={css.role}>
        {person.role === 'member' ? t('role.speaker') : t(`role.${person.role}`)}
        {person.lost && <span class={css.lost}>{t('person.lost')}</span>}
        {person.muted && !person.lost && (
          <span class={css.muted}>
            <Icon icon={MicOff} size={14} /> {t('person.muted')}
          </span>
        )}
        <Speaking live={live} person={person} />
      </p>
    </li>
  );
}

// A component of its own, so that only it is drawn again when the level changes.
function Ring({ live, person, children }: { live: Live; person: Person; children: ComponentChildren }) {
  const level = person.muted ? 0 : live.levels.of(person.identity).value;
  return (
    <span class={css.face} data-level={level}>
      <Face id={person.pubkey ?? person.identity} size={96} />
      {children}
    </span>
  );
}

function Speaking({ live, person }: { live: Live; person: Person }) {
  const speaks = !person.muted && live.levels.speaking.value.includes(person.identity);
  return speaks ? <span class="heard">{t('person.speaking')}</span> : null;
}
