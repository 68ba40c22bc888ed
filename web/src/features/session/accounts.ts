import { signal } from '@preact/signals';
import type { Box } from '../../lib/storage.ts';
import type { Bunker } from '../../nostr/bunker.ts';

// An account that this device remembers. A private key is stored only encrypted with a passphrase.
export type Account =
  | { kind: 'extension'; pubkey: string }
  | { kind: 'bunker'; pubkey: string; bunker: Bunker }
  | { kind: 'locked'; pubkey: string; ncryptsec: string };

const hex = /^[0-9a-f]{64}$/;

// createAccounts keeps the remembered accounts in the storage of this device, the last used first.
export function createAccounts(device: Box) {
  const list = signal<readonly Account[]>(read(device.read('accounts')));

  function write(next: readonly Account[]): void {
    list.value = next;
    device.write('accounts', JSON.stringify(next));
  }

  const others = (pubkey: string) => list.peek().filter((account) => account.pubkey !== pubkey);

  return {
    list,
    put: (account: Account) => write([account, ...others(account.pubkey)]),
    remove: (pubkey: string) => write(others(pubkey)),
    bunkerOf: (pubkey: string) =>
      list.peek().find((account) => account.kind === 'bunker' && account.pubkey === pubkey) as
        | Extract<Account, { kind: 'bunker' }>
        | undefined,
  };
}

// read drops entries it does not know: other versions of the app write here, too.
function read(text: string | null): Account[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value.filter(isAccount) : [];
  } catch {
    return [];
  }
}

function isAccount(value: unknown): value is Account {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, pubkey, bunker, ncryptsec } = value as Record<string, unknown>;
  if (typeof pubkey !== 'string' || !hex.test(pubkey)) return false;
  switch (kind) {
    case 'extension':
      return true;
    case 'locked':
      return typeof ncryptsec === 'string' && ncryptsec.startsWith('ncryptsec1');
    case 'bunker':
      return isBunker(bunker);
    default:
      return false;
  }
}

function isBunker(value: unknown): value is Bunker {
  if (typeof value !== 'object' || value === null) return false;
  const { clientSecret, remote, relay, secret } = value as Record<string, unknown>;
  return (
    [clientSecret, remote].every((key) => typeof key === 'string' && hex.test(key)) &&
    typeof relay === 'string' &&
    /^wss?:\/\//.test(relay) &&
    typeof secret === 'string'
  );
}
