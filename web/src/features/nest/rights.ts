import type { Participant } from './participants.ts';

export type Right =
  | 'invite'
  | 'moveDown'
  | 'mute'
  | 'lowerHand'
  | 'makeModerator'
  | 'unmakeModerator'
  | 'remove'
  | 'ban';

// rightsOver returns the actions that one person may take on another, by the server's table (nest.mayChange,
// nest.mayRemove). The server decides; this only hides buttons that would be refused.
export function rightsOver(participant: Participant, me: Participant | null): Right[] {
  const host = me?.role === 'host';
  if (!me || (!host && me.role !== 'admin')) return [];
  if (participant.me) return participant.onStage || !participant.pubkey ? [] : ['invite'];
  if (participant.role === 'host') return [];
  const rights: Right[] = [];
  if (participant.pubkey) {
    rights.push(participant.onStage ? 'moveDown' : 'invite');
    if (participant.onStage && !participant.muted) rights.push('mute');
    if (participant.hand > 0) rights.push('lowerHand');
    if (host) rights.push(participant.role === 'admin' ? 'unmakeModerator' : 'makeModerator');
  }
  if (participant.role === 'member' || host) {
    rights.push('remove');
    if (participant.pubkey) rights.push('ban');
  }
  return rights;
}

// canModerate reports whether the user is the host or a moderator.
export const canModerate = (me: Participant | null): boolean => me?.role === 'host' || me?.role === 'admin';
