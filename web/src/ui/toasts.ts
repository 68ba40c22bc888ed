import { signal } from '@preact/signals';

export interface Toast {
  id: number;
  text: string;
  words?: string; // for screen readers, if text contains symbols
  tone: 'plain' | 'good' | 'bad';
  urgent?: boolean; // announced at once: it was done to the user
}

export type Show = (text: string, more?: Partial<Pick<Toast, 'words' | 'tone' | 'urgent'>>) => void;

export type Toasts = ReturnType<typeof createToasts>;

export function createToasts(stay = 8_000) {
  const list = signal<Toast[]>([]);
  let last = 0;
  const dismiss = (id: number) => {
    list.value = list.peek().filter((toast) => toast.id !== id);
  };
  const show: Show = (text, more = {}) => {
    const id = ++last;
    // The same text twice is one toast that stays longer.
    list.value = [
      ...list.peek().filter((toast) => toast.text !== text),
      { id, text, tone: 'plain' as const, ...more },
    ].slice(-3);
    setTimeout(() => dismiss(id), stay);
  };
  return { list, show, dismiss };
}
