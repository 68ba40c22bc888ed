import type { Api, Permission } from '../../lib/api.ts';
import type { Result } from '../../lib/result.ts';
import type { Session } from '../session/session.ts';

// Moderation holds the actions of the host and moderators in a nest. LiveKit's events update the page.
export type Moderation = ReturnType<typeof createModeration>;

// createModeration returns the actions, each as one signed request.
export function createModeration(api: Api, session: Session) {
  const permit = (id: string, permission: Permission): Promise<Result<unknown>> =>
    api.permit(id, permission, session.authorize);

  return {
    inviteToStage: (id: string, participant: string) => permit(id, { participant, can_publish: true }),
    moveToAudience: (id: string, participant: string) => permit(id, { participant, can_publish: false }),
    mute: (id: string, participant: string) => permit(id, { participant, mute_microphone: true }),
    muteAll: (id: string) => api.muteAll(id, session.authorize),
    setModerator: (id: string, participant: string, is: boolean) => permit(id, { participant, is_admin: is }),
    // Without an identity, the hand is the user's own.
    hand: (id: string, raised: boolean, participant?: string) => api.hand(id, raised, participant, session.authorize),
    remove: (id: string, identity: string) => api.remove(id, identity, false, session.authorize),
    ban: (id: string, identity: string) => api.remove(id, identity, true, session.authorize),
    bans: (id: string) => api.bans(id, session.authorize),
    liftBan: (id: string, pubkey: string) => api.liftBan(id, pubkey, session.authorize),
    invites: (id: string) => api.invites(id, session.authorize),
    invite: (id: string, terms: { max_uses?: number; expires_at?: number }) => api.invite(id, terms, session.authorize),
    revokeInvite: (id: string, invite: string) => api.revokeInvite(id, invite, session.authorize),
    members: (id: string) => api.members(id, session.authorize),
    giveAccess: (id: string, pubkey: string) => api.giveAccess(id, pubkey, session.authorize),
    revokeAccess: (id: string, pubkey: string) => api.revokeAccess(id, pubkey, session.authorize),
    end: (id: string) => api.end(id, session.authorize),
    close: (id: string) => api.close(id, session.authorize), // moderators may do this too
    // force replaces the room of a live nest: everyone is disconnected and reconnects.
    restart: (id: string, force: boolean) => api.restart(id, force, session.authorize),
  };
}
