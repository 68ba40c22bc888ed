import type { ComponentChildren } from 'preact';
import css from './Notice.module.css';

interface Props {
  title: string;
  text?: string | undefined;
  actions?: ComponentChildren;
  tone?: 'plain' | 'bad';
}

// A message inside a page, with the next step. A problem is announced at once, anything else when the screen reader is
// idle.
export function Notice({ title, text, actions, tone = 'plain' }: Props) {
  return (
    <div class={`${css.notice} ${css[tone]}`} role={tone === 'bad' ? 'alert' : undefined}>
      <div>
        <p class={css.title}>{title}</p>
        {text && <p class={css.text}>{text}</p>}
      </div>
      {actions && <div class={css.actions}>{actions}</div>}
    </div>
  );
}
