import { useSignal } from '@preact/signals';
import { Armchair, Hand, LogOut, Mic, MicOff } from 'lucide';
import type { ComponentChildren } from 'preact';
import { t } from '../../lib/i18n.ts';
import { RoundButton } from '../../ui/RoundButton.tsx';
import css from './Dock.module.css';
import type { Invitation } from './invitation.ts';
import type { Live } from './live.ts';
import type { Moderate } from './props.ts';

interface Props {
  live: Live;
  invitation: Invitation;
  moderate: Moderate;
  chat: ComponentChildren;
  react: ComponentChildren;
}

// The row of round buttons. An open invitation to the stage is answered above it first. Its height does not change.
export function Dock({ live, invitation, moderate, chat, react }: Props) {
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
      {me?.onStage && !invitation.open.value ? (
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
            onClick={() => void moderate.moveDown(me)}
            word={t('action.leaveStage')}
          />
        </>
      ) : (
        <Listening live={live} moderate={moderate} />
      )}
      {react}
      {chat}
      <RoundButton icon={LogOut} look="danger" onClick={() => void live.leave()} word={t('action.leave')} />
    </nav>
  );
}

// Listening holds the button that raises the hand. It shows what the server states, not what was clicked.
function Listening({ live, moderate }: { live: Live; moderate: Moderate }) {
  const busy = useSignal(false);
  const me = live.me.value;
  const connected = live.phase.value.at === 'connected';
  if (me?.onStage) return null; // invited: the choice is shown above
  if (!me || me.role === 'host') return <p class={css.listening}>{t('dock.listening')}</p>;
  const up = me.hand > 0;
  async function toggle(): Promise<void> {
    if (!me) return;
    busy.value = true;
    await (up ? moderate.lowerHand(me) : moderate.raiseHand());
    busy.value = false;
  }
  return (
    <RoundButton
      icon={Hand}
      look={up ? 'live' : 'main'}
      disabled={busy.value || !connected}
      onClick={() => void toggle()}
      word={up ? t('action.lowerHand') : t('action.raiseHand')}
    />
  );
}
