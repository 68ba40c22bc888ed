import { useEffect } from 'preact/hooks';
import { when } from '../../lib/dates.ts';
import { t } from '../../lib/i18n.ts';
import { Countdown } from '../../ui/Countdown.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import { Picture } from '../../ui/Picture.tsx';
import { JoinButtons } from './JoinButtons.tsx';
import css from './PreviewCard.module.css';
import type { PreviewState } from './preview.ts';
import type { NestProps } from './props.ts';

// The nest before joining. The buttons are there at once, and the nest's details appear above them without moving them.
export function PreviewCard(props: NestProps & { state: Exclude<PreviewState, { at: 'failed' }> }) {
  const { state, live, parts } = props;
  // A reader of the preview may join next: the media client is loaded by then.
  useEffect(() => {
    if (state.at === 'shown') live.preload();
  }, [state.at, live]);
  const info = state.at === 'shown' ? state.info : null;
  const planned = info?.status === 'planned';
  const faces = info ? [info.host, ...info.speakers.filter((key) => key !== info.host)].slice(0, 5) : [];
  return (
    <article class={css.card} aria-busy={info === null}>
      {info?.image && <Picture src={info.image} class={css.picture ?? ''} />}
      <div class={css.faces} aria-hidden="true">
        {faces.map((key) => (
          <span class={css.face} key={key}>
            <Face id={key} size={88} />
          </span>
        ))}
      </div>
      <h1 class={css.title} dir="auto">
        {info ? info.title || t('nest.untitled') : t('preview.loading')}
      </h1>
      <p class={css.facts}>
        {info && (
          <>
            {t('preview.host')} <Name id={info.host} />
          </>
        )}
      </p>
      <p class={css.facts}>
        {planned && info?.starts_at
          ? t('nest.starts', { time: when(info.starts_at, 'full') })
          : info?.participantCount !== undefined && t('nest.inside', { count: info.participantCount })}
      </p>
      {planned && info?.starts_at && (
        <div class={css.countdown}>
          <Countdown to={info.starts_at} />
        </div>
      )}
      {info?.summary && (
        <p class={css.summary} dir="auto">
          {info.summary}
        </p>
      )}
      <div class={css.actions}>
        <JoinButtons {...props} />
      </div>
      <p class={css.note}>{planned ? t('preview.planned') : t('preview.mic')}</p>
      {parts.keyNote && <p class={css.note}>{parts.keyNote}</p>}
    </article>
  );
}
