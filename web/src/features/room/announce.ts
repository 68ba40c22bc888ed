import { effect } from '@preact/signals';
import { t } from '../../lib/i18n.ts';
import type { Live } from './live.ts';

type Show = (text: string, more?: { tone?: 'plain' | 'good' | 'bad' }) => void;

// announce tells what changed for the user himself: put on stage, moved down, joined as a guest. It returns how to stop it.
export function announce(live: Live, show: Show): () => void {
  let onStage: boolean | null = null; // null while outside
  const stage = effect(() => {
    const me = live.me.value;
    const now = live.phase.value.at === 'connected' && me ? me.onStage : null;
    // Coming back after a reconnect is no news.
    if (live.phase.value.at === 'reconnecting') return;
    if (onStage === false && now === true) show(t('announce.onStage'), { tone: 'good' });
    if (onStage === true && now === false) show(t('announce.offStage'));
    onStage = now;
  });
  let entered = false;
  const guest = effect(() => {
    const { at } = live.phase.value;
    if (at === 'connected' && !entered && live.as.value === 'guest') show(t('announce.guest'));
    entered = at === 'connected' || at === 'reconnecting';
  });
  return () => {
    stage();
    guest();
  };
}
