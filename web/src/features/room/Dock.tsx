import { useSignal } from '@preact/signals';
import { Armchair, LogOut, Mic, MicOff } from 'lucide';
import type { ComponentChildren } from 'preact';
import { t } from '../../lib/i18n.ts';
import { RoundButton } from '../../ui/RoundButton.tsx';
import css from './Dock.module.css';
import type { Live } from './live.ts';
import type { Moderate } from './RoomPage.tsx';

// The round buttons with words under them. It keeps its height whatever is in it.
export function Dock({ live, moderate, share }: { live: Live; moderate: Moderate; share: ComponentChildren }) {
  const busy = useSignal(false);
  const me = live.me.value;
  const on = live.micOn.value;
  const connected = live.phase.value.at === 'connected';

  async function toggle(): Promise<void> {
    busy.value = true;
    await live.setMic(!on);
    busy.value = false;
  }

  return (
    <nav class={css.dock} aria-label={t('dock.heading')}>
      {me?.onStage ? (
        <>
          <RoundButton
            icon={on ? Mic : MicOff}
            look={on ? 'live' : 'main'}
            disabled={busy.value || !connected}
            onClick={() => void toggle()}
            word={on ? t('action.mute') : t('action.unmute')}
          />
          <RoundButton
            icon={Armchair}
            disabled={!connected}
            onClick={() => void (me.pubkey && moderate.moveDown(me.pubkey))}
            word={t('action.leaveStage')}
          />
        </>
      ) : (
        <p class={css.listening}>{live.as.value === 'guest' ? t('dock.guest') : t('dock.listening')}</p>
      )}
      {share}
      <RoundButton icon={LogOut} look="danger" onClick={() => void live.leave()} word={t('action.leave')} />
    </nav>
  );
}
