import { CalendarClock, ExternalLink, Lock } from 'lucide';
import type { Listed } from '../../lib/api.ts';
import { when } from '../../lib/dates.ts';
import { t } from '../../lib/i18n.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Face } from '../../ui/Identity.tsx';
import { Picture } from '../../ui/Picture.tsx';
import { tintOf } from '../../ui/tints.ts';
import type { Elsewhere } from './foreign.ts';
import css from './NestCard.module.css';

interface Props {
  nest: Listed | Elsewhere;
  place?: { index: number; of: number }; // position in a list that renders only visible cards
}

// NestCard is one nest in the list. The whole card is a link. It shows the speakers and either the count or
// the other server.
export function NestCard({ nest, place }: Props) {
  const faces = [nest.host, ...nest.speakers.filter((key) => key !== nest.host)].slice(0, 4);
  return (
    <li
      class={css.card}
      style={{ '--tint': tintOf(nest.color, nest.roomId) }}
      aria-posinset={place && place.index + 1}
      aria-setsize={place?.of}
    >
      {nest.image && <Picture src={nest.image} class={css.picture ?? ''} />}
      <p class={css.status}>
        <Status nest={nest} />
      </p>
      <h3 class={css.title}>
        {'server' in nest ? (
          <a href={nest.href} target="_blank" rel="noopener noreferrer" dir="auto">
            {nest.title || t('nest.untitled')} <span class="heard">{t('nest.newTab')}</span>
          </a>
        ) : (
          <a href={nest.link ? `/${nest.link}` : `/n/${nest.roomId}`} dir="auto">
            {nest.title || t('nest.untitled')}
          </a>
        )}
      </h3>
      {nest.summary && (
        <p class={css.summary} dir="auto">
          {nest.summary}
        </p>
      )}
      <div class={css.foot}>
        <span class={css.faces} aria-hidden="true">
          {faces.map((key) => (
            <span class={css.face} key={key}>
              <Face id={key} size={44} />
            </span>
          ))}
        </span>
        {'server' in nest && (
          <span class={css.server}>
            <Icon icon={ExternalLink} size={16} />
            <bdi>{nest.server}</bdi>
          </span>
        )}
        {nest.status !== 'planned' && nest.participantCount !== undefined && (
          <span class={css.count}>{t('nest.inside', { count: nest.participantCount })}</span>
        )}
      </div>
    </li>
  );
}

function Status({ nest }: { nest: Listed }) {
  switch (nest.status) {
    case 'live':
      return <span class={css.live}>{t('nest.live')}</span>;
    case 'planned':
      return (
        <span class={css.planned}>
          <Icon icon={CalendarClock} size={16} />
          {nest.starts_at ? `${when(nest.starts_at, 'day')}, ${when(nest.starts_at, 'clock')}` : t('nest.planned')}
        </span>
      );
    default:
      return nest.access === 'private' ? (
        <span class={css.planned}>
          <Icon icon={Lock} size={16} /> {t('nest.private')}
        </span>
      ) : (
        <span class={css.open}>{t('nest.open')}</span>
      );
  }
}
