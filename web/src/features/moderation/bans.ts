import { signal } from '@preact/signals';
import type { Ban } from '../../lib/api.ts';
import type { Failure } from '../../lib/errors.ts';
import type { Moderation } from './moderation.ts';

export type BansState = { at: 'loading' } | { at: 'shown'; bans: Ban[] } | { at: 'failed'; failure: Failure };

export type Bans = ReturnType<typeof createBans>;

// createBans manages the bans of one nest. It loads them each time the list is opened.
export function createBans(moderation: Moderation, id: string) {
  const state = signal<BansState>({ at: 'loading' });

  async function load(): Promise<void> {
    if (state.value.at === 'failed') state.value = { at: 'loading' };
    const answer = await moderation.bans(id);
    state.value = answer.ok
      ? { at: 'shown', bans: [...answer.value.bans].sort((a, b) => b.banned_at - a.banned_at) }
      : { at: 'failed', failure: answer.failure };
  }

  async function lift(ban: Ban): Promise<void> {
    const answer = await moderation.liftBan(id, ban.pubkey);
    if (!answer.ok) state.value = { at: 'failed', failure: answer.failure };
    else await load();
  }

  return { state, load, lift };
}
