import { useSignal } from '@preact/signals';
import { SmilePlus } from 'lucide';
import { useEffect } from 'preact/hooks';
import { t } from '../../lib/i18n.ts';
import { RoundButton } from '../../ui/RoundButton.tsx';
import css from './Reactions.module.css';
import { offered } from './reaction.ts';
import type { Reactions } from './reactions.ts';

const pause = 400; // ms between two reactions

// ReactButton opens a row of emoji above the dock. The row stays open for several taps. react receives the
// emoji.
export function ReactButton({ reactions, react }: { reactions: Reactions; react: (emoji: string) => Promise<void> }) {
  const busy = useSignal(false);
  const open = reactions.tray.value;
  const show = (is: boolean) => {
    reactions.tray.value = is;
  };

  useEffect(() => {
    if (!open) return;
    const over = new AbortController();
    const key = (event: KeyboardEvent) => event.key === 'Escape' && show(false);
    document.addEventListener('keydown', key, { signal: over.signal });
    return () => over.abort();
  }, [open]);

  async function tap(emoji: string): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    await react(emoji);
    setTimeout(() => {
      busy.value = false;
    }, pause);
  }

  return (
    <span class={css.react}>
      <RoundButton
        icon={SmilePlus}
        word={t('action.react')}
        opens={{ id: 'reactions', open }}
        onClick={() => show(!open)}
      />
      {open && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what a form sends
        <span class={css.tray} id="reactions" role="group" aria-label={t('react.heading')}>
          {offered.map((emoji) => (
            <button key={emoji} type="button" class={css.offer} onClick={() => void tap(emoji)}>
              {emoji}
            </button>
          ))}
        </span>
      )}
    </span>
  );
}
