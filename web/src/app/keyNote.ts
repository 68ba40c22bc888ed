import type { User } from '../features/session/session.ts';
import { t } from '../lib/i18n.ts';
import { extension } from '../nostr/signer.ts';

// keyNote returns the text about which key will sign, shown before anything is signed.
export function keyNote(user: User | null): string {
  const kind = user?.signer.kind ?? (extension() ? 'extension' : 'fresh');
  return t(kind === 'extension' ? 'key.note.extension' : kind === 'local' ? 'key.note.local' : 'key.note.fresh');
}
