import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import type { Step } from './join.ts';
import css from './Nest.module.css';

interface Props {
  step: Step | 'media';
  title: string | undefined;
  onLeave: () => void;
}

// The page between the click and the sound. Its layout is that of the connected page, so that nothing jumps.
export function Joining({ step, title, onLeave }: Props) {
  return (
    <div class={css.page}>
      <header class={css.head}>
        <h1 dir="auto">{title || t('nest.untitled')}</h1>
        <p class={css.status} role="status">
          {t(`join.step.${step}`)}
        </p>
      </header>
      <div class={css.waiting} aria-hidden="true">
        <span />
        <span />
        <span />
      </div>
      <div class={css.center}>
        <Button onClick={onLeave}>{t('action.cancel')}</Button>
      </div>
    </div>
  );
}
