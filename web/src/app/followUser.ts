import { effect, untracked } from '@preact/signals';
import type { Live } from '../features/nest/live.ts';
import type { Session } from '../features/session/session.ts';
import type { Pool } from '../nostr/pool.ts';

type Call = Pick<Live, 'phase' | 'route' | 'as' | 'enter' | 'leave'>;

// followUser enters the nest again when a member switches accounts, and leaves it when they log out. A join under way
// counts, too: its token would be that of the previous account.
export function followUser({ user }: Pick<Session, 'user'>, live: Call, pool: Pick<Pool, 'renew'>): void {
  let was = user.peek()?.pubkey;
  effect(() => {
    const is = user.value?.pubkey;
    untracked(() => {
      const { at } = live.phase.value;
      const route = live.route.value;
      const inside = (at === 'joining' || at === 'connected' || at === 'reconnecting') && live.as.value === 'member';
      if (was !== is) pool.renew();
      if (was && was !== is && inside && route) void (is ? live.enter(route, 'member') : live.leave());
      was = is;
    });
  });
}
