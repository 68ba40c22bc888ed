import { useMemo } from 'preact/hooks';
import css from './Reactions.module.css';
import type { Reactions } from './reactions.ts';

// Floating shows a person's reactions, rising above the picture.
export function Floating({ reactions, pubkey }: { reactions: Reactions; pubkey: string }) {
  const mine = useMemo(() => reactions.of(pubkey), [reactions, pubkey]);
  return (
    <span class={css.floating}>
      {mine.value.map(({ id, emoji }) => (
        <span key={id} class={css.emoji}>
          {emoji}
        </span>
      ))}
    </span>
  );
}
