import type { Box } from '../../lib/storage.ts';

export type Invites = ReturnType<typeof createInvites>;

// The invites that this tab was opened with, until they are used. An invite is a secret: it is removed from the address
// bar, so that it is not copied together with the nest's address.
export function createInvites(tab: Box) {
  const key = (id: string) => `invite.${id}`;
  return {
    // take keeps the invite of a page's address, and returns whether there was one.
    take(id: string, search: string): boolean {
      const secret = new URLSearchParams(search).get('invite') ?? '';
      if (/^[\w-]{16,100}$/.test(secret)) tab.write(key(id), secret);
      return new URLSearchParams(search).has('invite');
    },
    of: (id: string): string => tab.read(key(id)) ?? '',
    // A used invite is forgotten: the user has access now, and must not get it back by the invite once it is revoked.
    used: (id: string) => tab.remove(key(id)),
  };
}

export const inviteLink = (path: string, secret: string): string =>
  new URL(`${path}?invite=${encodeURIComponent(secret)}`, location.origin).href;
