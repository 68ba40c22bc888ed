import type { IconNode } from 'lucide';
import { useId } from 'preact/hooks';
import { Icon } from './Icon.tsx';
import css from './RoundButton.module.css';

interface Props {
  icon: IconNode;
  word: string;
  onClick: () => void;
  look?: 'plain' | 'main' | 'live' | 'danger';
  disabled?: boolean;
  count?: number; // shown in the corner if over 0
  counted?: string; // text for the count, read after the label
  opens?: { id: string; open: boolean }; // the element that the button opens and closes
}

// A round button with its label beneath.
export function RoundButton({
  icon,
  word,
  onClick,
  look = 'plain',
  disabled = false,
  count = 0,
  counted,
  opens,
}: Props) {
  const id = useId();
  return (
    <button
      type="button"
      class={css.round}
      onClick={onClick}
      disabled={disabled}
      aria-describedby={count > 0 ? id : undefined}
      aria-expanded={opens?.open}
      aria-controls={opens?.id}
    >
      <span class={`${css.disc} ${css[look]}`}>
        <Icon icon={icon} size={22} />
        {count > 0 && (
          <span class={css.count} aria-hidden="true">
            {count > 99 ? '99+' : count}
          </span>
        )}
      </span>
      {count > 0 && (
        <span id={id} hidden>
          {counted}
        </span>
      )}
      <span class={css.word}>{word}</span>
    </button>
  );
}
