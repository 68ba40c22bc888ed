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

afterEach(() => void vi.unstubAllGlobals());

it('takes no signature of another key than the one of the user', async () => {
  const chosen = { secret: newSecret() };
  provide(chosen);
  const mine = session();
  await mine.useExtension();
  expect(await mine.sign(template)).toMatchObject({ ok: true, value: { pubkey: mine.user.value?.pubkey } });
  chosen.secret = newSecret();
  expect(await mine.sign(template)).toMatchObject({ ok: false, failure: { code: 'signer_changed' } });
});
