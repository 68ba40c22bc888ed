import type { Listed } from '../../lib/api.ts';
import { t } from '../../lib/i18n.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import css from './NestCard.module.css';

// One nest in the list: who is on stage, and how many are inside. All of it is the link.
export function NestCard({ nest }: { nest: Listed }) {
  const live = nest.status === 'live';
  const faces = [nest.host, ...nest.speakers.filter((key) => key !== nest.host)].slice(0, 4);
  return (
    <li class={css.card}>
      <div class={css.faces} aria-hidden="true">
        {faces.map((key) => (
          <span class={css.face} key={key}>
            <Avatar seed={key} size={48} />
          </span>
        ))}
      </div>
      <h3 class={css.title}>
        <a href={nest.link ? `/${nest.link}` : `/n/${nest.roomId}`} dir="auto">
          {nest.title || t('nest.untitled')}
        </a>
      </h3>
      {nest.summary && (
        <p class={css.summary} dir="auto">
          {nest.summary}
        </p>
      )}
      <p class={css.facts}>
        <span class={live ? css.live : css.open}>{t(word(nest.status))}</span>
        {nest.participantCount !== undefined && <span>{t('nest.inside', { count: nest.participantCount })}</span>}
      </p>
    </li>
  );
}

const word = (status: Listed['status']) =>
  status === 'planned' ? 'nest.planned' : status === 'live' ? 'nest.live' : 'nest.open';
