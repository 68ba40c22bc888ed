import type { IconNode } from 'lucide';
import { Icon } from './Icon.tsx';
import css from './RoundButton.module.css';

interface Props {
  icon: IconNode;
  word: string;
  onClick: () => void;
  look?: 'plain' | 'main' | 'live' | 'danger';
  disabled?: boolean;
}

// A round button of a dock, with its word beneath.
export function RoundButton({ icon, word, onClick, look = 'plain', disabled = false }: Props) {
  return (
    <button type="button" class={css.round} onClick={onClick} disabled={disabled}>
      <span class={`${css.disc} ${css[look]}`}>
        <Icon icon={icon} size={22} />
      </span>
      <span class={css.word}>{word}</span>
    </button>
  );
}
