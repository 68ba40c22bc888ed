import { computed, effect, type ReadonlySignal } from '@preact/signals';
import type { Live } from './live.ts';

export const canKeepScreenOn = (): boolean => 'wakeLock' in navigator;

// keepScreenOn keeps the screen on while the user is on stage, and, if listening is true, while the user listens. A
// lock that the browser refuses (low battery) or ends (the page was hidden) is requested again when the page is
// visible. Call the returned function to stop it.
export function keepScreenOn(live: Pick<Live, 'phase' | 'me'>, listening: ReadonlySignal<boolean>): () => void {
  if (!canKeepScreenOn()) return () => {};
  const over = new AbortController();
  const wanted = computed(() => {
    const { at } = live.phase.value;
    const inside = at === 'connected' || at === 'reconnecting';
    return inside && (listening.value || live.me.value?.onStage === true);
  });
  const isWanted = () => wanted.peek() && !over.signal.aborted;
  let lock: WakeLockSentinel | null = null;
  let requesting = false;

  async function update(): Promise<void> {
    if (requesting) return;
    if (!isWanted()) {
      void lock?.release().catch(() => undefined);
      lock = null;
      return;
    }
    if ((lock && !lock.released) || document.visibilityState !== 'visible') return;
    requesting = true;
    lock = await navigator.wakeLock.request('screen').catch(() => null);
    requesting = false;
    if (!isWanted()) void update(); // the user left meanwhile
  }

  const onVisible = () => void update();
  document.addEventListener('visibilitychange', onVisible, { signal: over.signal });
  const stop = effect(() => {
    void wanted.value;
    onVisible();
  });
  return () => {
    stop();
    over.abort();
    onVisible();
  };
}
