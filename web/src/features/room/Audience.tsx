import { Hand, Mic } from 'lucide';
import type { ComponentChildren } from 'preact';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import { WindowedGrid } from '../../ui/WindowedGrid.tsx';
import type { Live } from './live.ts';
import css from './People.module.css';
import type { Person } from './people.ts';
import type { Moderate } from './props.ts';
import { moderates, rightsOver } from './rights.ts';

interface Props {
  live: Live;
  moderate: Moderate;
  onChoose: (person: Person) => void; // opens the person's card
  overlay: (person: Person) => ComponentChildren; // shown over the picture
}

export function Audience({ live, moderate, onChoose, overlay }: Props) {
  const people = live.people.value.filter((person) => !person.onStage);
  const moderator = moderates(live.me.value);
  return (
    <section class={css.audience} aria-label={t('region.audience')}>
      <h2>
        {t('region.audience')} <span class={css.count}>{people.length}</span>
      </h2>
      {people.length === 0 ? (
        <p class={css.nobody}>{t('audience.empty')}</p>
      ) : (
        <div class={css.listeners}>
          {/* A moderator's column has room for the button beside the name. */}
          <WindowedGrid
            items={people}
            label={t('region.audience')}
            rowHeight={64}
            columnMin={moderator ? 330 : 200}
            gap={4}
            most={160} // about what a desktop's screen shows beside the stage
          >
            {(person, index) => (
              <Listener
                key={person.identity}
                person={person}
                position={{ index, of: people.length }}
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
  person,
  position,
  live,
  moderate,
  onChoose,
  overlay,
}: Props & { person: Person; position: { index: number; of: number } }) {
  // Raised hands are answered in the queue.
  const mayInvite = person.hand === 0 && rightsOver(person, live.me.value).includes('invite');
  const id = `person-${person.identity.slice(0, 12)}`;
  return (
    <li class={css.listener} aria-posinset={position.index + 1} aria-setsize={position.of}>
      <button type="button" class={css.open} aria-haspopup="dialog" onClick={() => onChoose(person)}>
        <span class={css.over}>
          <Face id={person.pubkey ?? person.identity} size={44} />
          {overlay(person)}
        </span>
        <span class={css.name} id={id}>
          <Name id={person.pubkey ?? person.identity} /> {person.me && <span class={css.you}>{t('person.you')}</span>}{' '}
          {person.role !== 'member' && <span class={css.you}>{t(`role.${person.role}`)}</span>}
        </span>
        {person.hand > 0 && <Raised live={live} person={person} />}
      </button>
      {mayInvite && (
        <Button look="plain" icon={Mic} describedBy={id} onClick={() => void moderate.invite(person)}>
          {person.me ? t('action.takeStage') : t('action.invite')}
        </Button>
      )}
    </li>
  );
}

// Raised shows to everybody that a listener asks to speak, and their place in the queue.
function Raised({ live, person }: { live: Live; person: Person }) {
  const position = live.hands.value.findIndex((hand) => hand.identity === person.identity) + 1;
  return (
    <span class={css.hand}>
      <Icon icon={Hand} size={16} />
      <span class="heard">{t('person.hand')} </span>
      {position}
    </span>
  );
}
