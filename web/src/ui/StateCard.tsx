import type { ComponentChildren } from 'preact';
import { Drawing, type Scene } from './Drawing.tsx';
import css from './StateCard.module.css';

interface Props {
  scene: Scene;
  title: string;
  text?: string | undefined;
  hint?: string | undefined;
  fine?: string | undefined; // small print: a code, a request id
  actions?: ComponentChildren;
  children?: ComponentChildren;
  level?: 1 | 2;
  urgent?: boolean; // announced at once: something happened to the user
}

// StateCard replaces the content of a page: it states the event and the next step.
export function StateCard({ scene, title, text, hint, fine, actions, children, level = 2, urgent = false }: Props) {
  const Title = `h${level}` as const;
  return (
    <div class={css.card}>
      <Drawing scene={scene} />
      <div role={urgent ? 'alert' : undefined}>
        <Title class={css.title}>{title}</Title>
        {text && <p class={css.text}>{text}</p>}
        {hint && <p class={css.hint}>{hint}</p>}
      </div>
      {actions && <div class={css.actions}>{actions}</div>}
      {fine && <p class={css.fine}>{fine}</p>}
      {children}
    </div>
  );
}
