import { X } from 'lucide';
import { Icon } from './Icon.tsx';
import css from './Toaster.module.css';
import type { Toasts } from './toasts.ts';

// The region is always in the page, because screen readers announce only changes in a region they know.
export function Toaster({ toasts, dismiss }: { toasts: Toasts; dismiss: string }) {
  return (
    <div class={css.toaster} role="log" aria-live="polite" aria-relevant="additions">
      {toasts.list.value.map((toast) => (
        <div class={`${css.toast} ${css[toast.tone]}`} key={toast.id} role={toast.urgent ? 'alert' : undefined}>
          <p>
            {toast.words === undefined ? (
              toast.text
            ) : (
              <>
                <span aria-hidden="true">{toast.text}</span>
                <span class="heard">{toast.words}</span>
              </>
            )}
          </p>
          <button type="button" class={css.close} aria-label={dismiss} onClick={() => toasts.dismiss(toast.id)}>
            <Icon icon={X} size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
