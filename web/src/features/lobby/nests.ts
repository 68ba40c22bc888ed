import { signal } from '@preact/signals';
import type { Api, Listed } from '../../lib/api.ts';
import type { Failure } from '../../lib/errors.ts';

export type Lobby = { at: 'loading' } | { at: 'failed'; failure: Failure } | { at: 'shown'; nests: Listed[] };

// The list of public nests, asked anew at every visit and at a click. (Subscriptions replace the click once our relay is read.)
export function createLobby(api: Api) {
  const state = signal<Lobby>({ at: 'loading' });

  async function refresh(): Promise<void> {
    const answer = await api.list();
    if (answer.ok) state.value = { at: 'shown', nests: answer.value.nests };
    else if (state.value.at !== 'shown') state.value = { at: 'failed', failure: answer.failure };
  }

  return { state, refresh };
}

export type LobbyState = ReturnType<typeof createLobby>;
