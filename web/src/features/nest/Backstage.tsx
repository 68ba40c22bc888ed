import { useSignal } from '@preact/signals';
import { Radio } from 'lucide';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Countdown } from '../../ui/Countdown.tsx';
import css from './Backstage.module.css';
import type { Live } from './live.ts';
import type { Moderate } from './props.ts';
import { canModerate } from './rights.ts';

// Backstage is shown before a planned show begins: speakers and moderators hear each other, listeners wait.
export function Backstage({ live, moderate }: { live: Live; moderate: Moderate }) {
  const busy = useSignal(false);
  const info = live.info.value;
  if (info?.status !== 'planned') return null;
  async function goLive(): Promise<void> {
    busy.value = true;
    await moderate.goLive();
    busy.value = false;
  }
  return (
    <section class={css.backstage} aria-label={t('backstage.heading')}>
      <div>
        <h2>{t('backstage.heading')}</h2>
        <p>{t('backstage.text')}</p>
      </div>
      {info.starts_at && <Countdown to={info.starts_at} />}
      {canModerate(live.me.value) && (
        <Button look="main" icon={Radio} disabled={busy.value} onClick={() => void goLive()}>
          {t('action.goLive')}
        </Button>
      )}
    </section>
  );
}
