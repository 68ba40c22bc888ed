import type { Live } from './live.ts';

// listenToKeys handles single keys, for users who switched them on (WCAG 2.1.4): m toggles the microphone, and the
// space bar turns it on while it is held down. Call the returned function to stop.
export function listenToKeys(live: Live, isEnabled: () => boolean, onMic: (on: boolean) => void): () => void {
  const over = new AbortController();
  let held = false;
  const free = ({ target, ctrlKey, metaKey, altKey, repeat }: KeyboardEvent): boolean => {
    const element = target instanceof Element ? target : null;
    const busy = element?.closest('input, textarea, select, button, a, [contenteditable], dialog, summary') ?? null;
    return isEnabled() && !busy && !ctrlKey && !metaKey && !altKey && !repeat && live.phase.peek().at === 'connected';
  };
  const mayTalk = () => live.me.peek()?.onStage === true;
  const down = (event: KeyboardEvent) => {
    if (!free(event) || !mayTalk()) return;
    if (event.key === 'm') onMic(!live.micOn.peek());
    if (event.key === ' ' && !live.micOn.peek()) {
      event.preventDefault();
      held = true;
      onMic(true);
    }
  };
  const up = (event: KeyboardEvent) => {
    if (event.key !== ' ' || !held) return;
    held = false;
    onMic(false);
  };
  // A user who leaves the window with the key down must not be left with an open microphone.
  const away = () => {
    if (held) onMic(false);
    held = false;
  };
  document.addEventListener('keydown', down, { signal: over.signal });
  document.addEventListener('keyup', up, { signal: over.signal });
  addEventListener('blur', away, { signal: over.signal });
  return () => over.abort();
}
