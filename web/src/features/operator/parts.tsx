import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { causeOf, hintOf } from '../../lib/failureText.ts';
import type { Result } from '../../lib/result.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Name } from '../../ui/Identity.tsx';
import { Notice } from '../../ui/Notice.tsx';
import css from './Operator.module.css';
import type { Loaded } from './operator.ts';
import { t } from './texts.ts';

// Card is a section with a heading.
export function Card({ id, heading, children }: { id: string; heading: string; children: ComponentChildren }) {
  return (
    <section class={css.card} aria-labelledby={`operator-${id}`}>
      <h2 id={`operator-${id}`}>{heading}</h2>
      {children}
    </section>
  );
}

interface PartProps<T> {
  of: { state: { value: Loaded<T> }; load: () => Promise<void> };
  children: (value: T) => ComponentChildren;
}

// Shown renders a part that is loading, failed or shown.
export function Shown<T>({ of, children }: PartProps<T>) {
  const state = of.state.value;
  if (state.at === 'loading') return <p role="status">{t('loading')}</p>;
  if (state.at === 'failed') {
    const again = <Button onClick={() => void of.load()}>{t('action.retry')}</Button>;
    return <Notice tone="bad" title={causeOf(state.failure)} text={hintOf(state.failure)} actions={again} />;
  }
  return <>{children(state.value)}</>;
}

interface ActionProps {
  word: string;
  run: () => Promise<Result<unknown>>;
  describedBy?: string;
  danger?: boolean;
  sure?: { title: string; text: string }; // confirmation before the action
  disabled?: boolean;
}

// Action is a button that runs an action and shows why it failed. An action that cannot be undone easily asks
// first.
export function Action({ word, run, describedBy, danger = false, sure, disabled = false }: ActionProps) {
  const busy = useSignal(false);
  const asking = useSignal(false);
  const problem = useSignal('');
  async function go(): Promise<void> {
    busy.value = true;
    problem.value = '';
    const done = await run();
    busy.value = false;
    asking.value = false;
    if (!done.ok) problem.value = [causeOf(done.failure), hintOf(done.failure)].filter(Boolean).join(' ');
  }
  function press(): void {
    if (sure) asking.value = true;
    else void go();
  }
  return (
    <>
      <Button
        look={danger ? 'danger' : 'plain'}
        disabled={busy.value || disabled}
        onClick={press}
        {...(describedBy ? { describedBy } : {})}
      >
        {word}
      </Button>
      {problem.value && (
        <p class={css.problem} role="alert">
          {problem.value}
        </p>
      )}
      {sure && asking.value && (
        <Dialog
          title={sure.title}
          onClose={() => {
            asking.value = false;
          }}
        >
          <p>{sure.text}</p>
          <div class={css.row}>
            <Button look="danger" disabled={busy.value} onClick={() => void go()}>
              {word}
            </Button>
            <Button
              onClick={() => {
                asking.value = false;
              }}
            >
              {t('action.cancel')}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

const isKey = (subject: string): boolean => /^[0-9a-f]{64}$/.test(subject) || subject.startsWith('guest-');

// Subject shows a name and the start of the key, because names are not unique.
export function Subject({ of }: { of: string }) {
  if (!isKey(of)) return <code>{of}</code>;
  return (
    <>
      <Name id={of} /> <code class={css.key}>{of.slice(0, 12)}</code>
    </>
  );
}

// The confirmation shows the key, because anyone can take a name.
export const confirmBlock = (subject: string) => ({
  title: t('confirm.block', { subject: isKey(subject) ? subject.slice(0, 12) : subject }),
  text: t('confirm.block.text'),
});

export const confirmEnd = (title: string) => ({
  title: t('confirm.end', { title: title || t('untitled') }),
  text: t('confirm.end.text'),
});
