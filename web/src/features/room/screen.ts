import { computed, effect, type ReadonlySignal } from '@preact/signals';
import type { Live } from './live.ts';

export const canKeepScreenOn = (): boolean => 'wakeLock' in navigator;

// keepScreenOn holds the screen while its user is on stage, and while he listens when listening says so. A lock that the browser
// refuses (a low battery) or takes back (the page went out of sight) is asked for again when the page is seen again. It returns how
// to stop it.
export function keepScreenOn(live: Pick<Live, 'phase' | 'me'>, listening: ReadonlySignal<boolean>): () => void {
  if (!canKeepScreenOn()) return () => {};
  const over = new AbortController();
  const wanted = computed(() => {
    const { at } = live.phase.value;
    const inside = at === 'connected' || at === 'reconnecting';
    return inside && (listening.value || live.me.value?.onStage === true);
  });
  const holds = () => wanted.peek() && !over.signal.aborted;
  let lock: WakeLockSentinel | null = null;
  let asking = false;

  async function settle(): Promise<void> {
    if (asking) return;
    if (!holds()) {
      void lock?.release().catch(() => undefined);
      lock = null;
      return;
    }
    if ((lock && !lock.released) || document.visibilityState !== 'visible') return;
    asking = true;
    lock = await navigator.wakeLock.request('screen').catch(() => null);
    asking = false;
    if (!holds()) void settle(); // he left meanwhile
  }

  const seen = () => void settle();
  document.addEventListener('visibilitychange', seen, { signal: over.signal });
  const stop = effect(() => {
    void wanted.value;
    seen();
  });
  return () => {
    stop();
    over.abort();
    seen();
  };
}
