import type { Person } from './people.ts';

export type Right =
  | 'invite'
  | 'moveDown'
  | 'mute'
  | 'lowerHand'
  | 'makeModerator'
  | 'unmakeModerator'
  | 'remove'
  | 'ban';

// rightsOver is what one person may do to another, by the server's table (nest.mayChange, nest.mayRemove). The server
// decides; this only keeps buttons away that would be refused.
export function rightsOver(person: Person, me: Person | null): Right[] {
  const host = me?.role === 'host';
  if (!me || (!host && me.role !== 'admin')) return [];
  if (person.me) return person.onStage || !person.pubkey ? [] : ['invite'];
  if (person.role === 'host') return [];
  const rights: Right[] = [];
  if (person.pubkey) {
    rights.push(person.onStage ? 'moveDown' : 'invite');
    if (person.onStage && !person.muted) rights.push('mute');
    if (person.hand > 0) rights.push('lowerHand');
    if (host) rights.push(person.role === 'admin' ? 'unmakeModerator' : 'makeModerator');
  }
  if (person.role === 'member' || host) {
    rights.push('remove');
    if (person.pubkey) rights.push('ban');
  }
  return rights;
}

export const moderates = (me: Person | null): boolean => me?.role === 'host' || me?.role === 'admin';
