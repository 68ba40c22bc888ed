import { afterEach, expect, it, vi } from 'vitest';
import { createSession } from '../../src/features/session/session.ts';
import type { Api } from '../../src/lib/api.ts';
import type { Box } from '../../src/lib/storage.ts';
import { localSigner, newSecret } from '../../src/nostr/local.ts';
import type { EventTemplate, NostrEvent } from '../../src/nostr/signer.ts';
import { memory } from './kit.ts';

const template = { kind: 3, created_at: 1, content: '', tags: [] };

function session(tab: Box = memory()) {
  const api = { endSession: async () => undefined } as unknown as Api;
  const connect = () => {
    throw new Error('no relay is asked');
  };
  return createSession({ api, tab, device: memory(), connect });
}

// provide is an extension whose user may choose another key in it at any time.
function provide(chosen: { secret: string; sign?: (template: EventTemplate) => Promise<NostrEvent> }): void {
  vi.stubGlobal('nostr', {
    getPublicKey: () => localSigner(chosen.secret).publicKey(),
    signEvent: (asked: EventTemplate) => (chosen.sign ?? localSigner(chosen.secret).sign)(asked),
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it('refuses a signature by another key than the user’s', async () => {
  const chosen = { secret: newSecret() };
  provide(chosen);
  const mine = session();
  await mine.useExtension();
  expect(await mine.sign(template)).toMatchObject({ ok: true, value: { pubkey: mine.user.value?.pubkey } });
  chosen.secret = newSecret();
  expect(await mine.sign(template)).toMatchObject({ ok: false, failure: { code: 'signer_changed' } });
});

it('waits after a reload for an extension that loads late, and creates no new key if it is missing', async () => {
  vi.useFakeTimers();
  const tab = memory();
  tab.write('extension', 'a'.repeat(64));
  const late = session(tab);
  await late.restore();
  const joining = late.ensure();
  await vi.advanceTimersByTimeAsync(500);
  provide({ secret: newSecret() });
  await vi.advanceTimersByTimeAsync(500);
  expect(await joining).toMatchObject({ ok: true, value: { pubkey: 'a'.repeat(64) } });
  expect(late.user.value?.signer.kind).toBe('extension');

  vi.unstubAllGlobals();
  const gone = session(tab);
  await gone.restore();
  const refused = gone.ensure();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(await refused).toMatchObject({ ok: false, failure: { code: 'signer_gone' } });
  expect(tab.read('key')).toBeNull();
});

it('reports a key that is only in this tab, until it is backed up or stored', async () => {
  const mine = session();
  await mine.freshKey();
  expect(mine.isOnlyHere()).toBe(true);
  mine.saved();
  expect(mine.isOnlyHere()).toBe(false);
  await mine.freshKey();
  expect(mine.isOnlyHere()).toBe(true);
  const pubkey = mine.user.value?.pubkey ?? '';
  mine.accounts.put({ kind: 'locked', pubkey, ncryptsec: 'ncryptsec1' });
  expect(mine.isOnlyHere()).toBe(false);
  await mine.useSecret(newSecret()); // a key of their own
  expect(mine.isOnlyHere()).toBe(false);
});
