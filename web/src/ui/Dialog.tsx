import { X } from 'lucide';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../lib/i18n.ts';
import css from './Dialog.module.css';
import { Icon } from './Icon.tsx';

interface Props {
  title: ComponentChildren;
  onClose: () => void; // by the button, Escape, or a click outside
  children: ComponentChildren;
}

// A modal native dialog: a card in the middle, on phones a sheet from below. The browser keeps the focus inside, and
// returns it afterwards.
export function Dialog({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // a selection that began inside may end outside, which must not close the dialog
  const pressed = useRef<EventTarget | null>(null);
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      // A dialog that the page removed is no longer in the document, so closing it returns no focus.
      if (element?.open && before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it by the browser's own hand
    <dialog
      ref={dialog}
      class={css.dialog}
      aria-labelledby={id}
      onClose={onClose}
      onPointerDown={(event) => {
        pressed.current = event.target;
      }}
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget && pressed.current === target) currentTarget.close();
      }}
    >
      <div class={css.inside}>
        <div class={css.head}>
          <h2 id={id} dir="auto">
            {title}
          </h2>
          <button
            type="button"
            class={css.close}
            aria-label={t('action.close')}
            onClick={() => dialog.current?.close()}
          >
            <Icon icon={X} />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
