import { signal } from '@preact/signals';
import type { Invite, Member } from '../../lib/api.ts';
import type { Failure } from '../../lib/errors.ts';
import { ok, type Result } from '../../lib/result.ts';
import { parsePubkey } from '../../nostr/link.ts';
import { inviteLink } from '../nest/invites.ts';
import type { Moderation } from './moderation.ts';

export type AccessState =
  | { at: 'loading' }
  | { at: 'shown'; invites: Invite[]; members: Member[] }
  | { at: 'failed'; failure: Failure };

export type Access = ReturnType<typeof createAccess>;

// Terms are the number of uses of an invite and its lifetime; 0 means no limit.
export interface Terms {
  uses: 0 | 1 | 10;
  days: 0 | 1 | 7;
}

const day = 86_400_000; // ms

// createAccess manages invites and access to a private nest. It loads the server's state each time the list
// is opened.
export function createAccess(moderation: Moderation, id: string, path: string) {
  const state = signal<AccessState>({ at: 'loading' });

  async function load(): Promise<void> {
    if (state.value.at === 'failed') state.value = { at: 'loading' };
    const [invites, members] = [await moderation.invites(id), await moderation.members(id)];
    if (!invites.ok) state.value = { at: 'failed', failure: invites.failure };
    else if (!members.ok) state.value = { at: 'failed', failure: members.failure };
    else state.value = { at: 'shown', invites: invites.value.invites, members: members.value.members };
  }

  async function after(ask: Promise<Result<unknown>>): Promise<void> {
    const answer = await ask;
    if (answer.ok) await load();
    else state.value = { at: 'failed', failure: answer.failure };
  }

  return {
    state,
    load,
    // invite returns the link. The server returns the secret only this once.
    async invite({ uses, days }: Terms): Promise<Result<string>> {
      const made = await moderation.invite(id, {
        ...(uses > 0 ? { max_uses: uses } : {}),
        ...(days > 0 ? { expires_at: Date.now() + days * day } : {}),
      });
      if (!made.ok) return made;
      await load();
      return ok(inviteLink(path, made.value.invite));
    },
    revoke: (invite: Invite) => after(moderation.revokeInvite(id, invite.id)),
    // give takes an npub or a hex key. It returns false for anything else.
    async give(who: string): Promise<boolean> {
      const pubkey = parsePubkey(who.trim());
      if (pubkey) await after(moderation.giveAccess(id, pubkey));
      return pubkey !== null;
    },
    take: (member: Member) => after(moderation.revokeAccess(id, member.pubkey)),
  };
}
