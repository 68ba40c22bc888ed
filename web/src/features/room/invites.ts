import type { Box } from '../../lib/storage.ts';

export type Invites = ReturnType<typeof createInvites>;

// Invites that this tab was opened with, until they are used. They open doors, so they do not stay in the address bar, where they
// would be copied along with the nest's address.
export function createInvites(tab: Box) {
  const key = (id: string) => `invite.${id}`;
  return {
    // take keeps the invite of a page's address, and answers whether there was one.
    take(id: string, search: string): boolean {
      const secret = new URLSearchParams(search).get('invite') ?? '';
      if (/^[\w-]{16,100}$/.test(secret)) tab.write(key(id), secret);
      return new URLSearchParams(search).has('invite');
    },
    of: (id: string): string => tab.read(key(id)) ?? '',
    // What an invite gave is a place, which lasts until it is taken; then the invite must not bring its user back.
    used: (id: string) => tab.remove(key(id)),
  };
}

export const inviteLink = (path: string, secret: string): string =>
  new URL(`${path}?invite=${encodeURIComponent(secret)}`, location.origin).href;
