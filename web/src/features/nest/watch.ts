import type { Follow } from './follow.ts';
import type { LiveState } from './state.ts';

export type Watch = ReturnType<typeof createWatch>;

// The one subscription to news about the nest that the user entered.
export function createWatch(follow: Follow, { route, info }: LiveState) {
  let stop = () => {};

  function start(onNews: () => void): void {
    stop();
    const address = route.value?.address;
    const host = info.value?.host ?? address?.host;
    if (!address || !host) return;
    const begun = info.value !== null && info.value.status !== 'planned';
    stop = follow({ id: address.id, host, begun }, onNews);
  }

  return { start, stop: () => stop() };
}
