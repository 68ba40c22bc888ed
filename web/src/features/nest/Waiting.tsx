import { LogOut } from 'lucide';
import { when } from '../../lib/dates.ts';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Countdown } from '../../ui/Countdown.tsx';
import { StateCard } from '../../ui/StateCard.tsx';
import css from './Nest.module.css';
import type { NestProps } from './props.ts';

// The page of a planned nest that the user waits for. It enters by itself when the nest opens.
export function Waiting({ live, startsAt, parts }: NestProps & { startsAt: number | null }) {
  const title = live.info.value?.title;
  return (
    <StateCard
      scene="asleep"
      level={1}
      title={title ? t('waiting.heading', { title }) : t('error.nest_not_started')}
      text={startsAt ? t('nest.starts', { time: when(startsAt, 'full') }) : undefined}
      hint={t('waiting.text')}
    >
      {startsAt && <Countdown to={startsAt} />}
      <div class={css.buttons}>
        {parts.share}
        <Button icon={LogOut} onClick={() => void live.leave()}>
          {t('action.leave')}
        </Button>
      </div>
      <div class={css.foot}>{parts.diagnostics}</div>
    </StateCard>
  );
}
