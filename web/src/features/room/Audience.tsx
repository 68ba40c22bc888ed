import { Mic } from 'lucide';
import { t } from '../../lib/i18n.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import type { Live } from './live.ts';
import css from './People.module.css';
import type { Person } from './people.ts';
import type { Moderate } from './RoomPage.tsx';

// More faces than this are counted, not drawn.
const shown = 200;

export function Audience({ live, moderate }: { live: Live; moderate: Moderate }) {
  const people = live.people.value.filter((person) => !person.onStage);
  const more = people.length - shown;
  return (
    <section class={css.audience} aria-label={t('region.audience')}>
      <h2>
        {t('region.audience')} <span class={css.count}>{people.length}</span>
      </h2>
      {people.length === 0 ? (
        <p class={css.nobody}>{t('audience.empty')}</p>
      ) : (
        <ul class={css.listeners}>
          {people.slice(0, shown).map((person) => (
            <Listener key={person.identity} person={person} live={live} moderate={moderate} />
          ))}
        </ul>
      )}
      {more > 0 && <p class={css.nobody}>{t('audience.more', { count: more })}</p>}
    </section>
  );
}

function Listener({ person, live, moderate }: { person: Person; live: Live; moderate: Moderate }) {
  const mine = live.me.value?.role;
  // Guests have no key to put on stage. The host may call himself back up.
  const mayInvite = person.pubkey !== null && (mine === 'host' || (mine === 'admin' && person.role !== 'host'));
  const id = `person-${person.identity.slice(0, 12)}`;
  return (
    <li class={css.listener}>
      <Avatar seed={person.pubkey ?? person.identity} size={44} plain={person.pubkey === null} />
      <p class={css.name} id={id}>
        <bdi>{person.name}</bdi> {person.me && <span class={css.you}>{t('person.you')}</span>}
        {person.role !== 'member' && <span class={css.you}>{t(`role.${person.role}`)}</span>}
      </p>
      {mayInvite && (
        <Button look="plain" icon={Mic} describedBy={id} onClick={() => void moderate.invite(person.pubkey ?? '')}>
          {person.me ? t('action.takeStage') : t('action.invite')}
        </Button>
      )}
    </li>
  );
}
