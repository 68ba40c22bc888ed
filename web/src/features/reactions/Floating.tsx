import { useMemo } from 'preact/hooks';
import css from './Reactions.module.css';
import type { Reactions } from './reactions.ts';

// What somebody sends, rising over the face.
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
