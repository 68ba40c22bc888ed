import { signal } from '@preact/signals';
import { afterEach, expect, it } from 'vitest';
import { createOperator } from '../../src/features/operator/operator.ts';
import { knownAct, say } from '../../src/features/operator/texts.ts';
import { createApi } from '../../src/lib/api.ts';
import { speak } from '../../src/lib/i18n.ts';
import { ok } from '../../src/lib/result.ts';

afterEach(async () => {
  await speak('en');
});

it('says its own words in the language of the app', async () => {
  expect(say('nests.inside', { count: 1 })).toBe('1 person inside');
  expect([knownAct('kick'), knownAct('act of a newer server')]).toEqual(['removed', 'act of a newer server']);
  await speak('de');
  expect(say('nests.inside', { count: 2 })).toBe('2 Leute sind da');
});

// someone is a user with a signer of that kind, before a server that answers with a status; signed are the calls that were signed.
function someone(kind: 'local' | 'extension', status: number) {
  const signed: string[] = [];
  const api = createApi(async () => new Response('{}', { status }));
  const user = signal({ pubkey: 'a'.repeat(64), signer: { kind } } as never);
  const authorize = async (method: string, path: string) => {
    signed.push(`${method} ${path}`);
    return ok({ Authorization: 'Nostr x' });
  };
  return { operator: createOperator(api, { user, authorize }), signed };
}

it('asks who the user is without asking a signer, and takes a refusal for a no', async () => {
  const local = someone('local', 200);
  await local.operator.find();
  expect([local.operator.is.value, local.signed]).toEqual([true, ['GET /api/v1/operator/overview']]);
  const remote = someone('extension', 200); // by the session that is there
  await remote.operator.find();
  expect([remote.operator.is.value, remote.signed]).toEqual([true, []]);
  for (const status of [401, 403, 500]) {
    const refused = someone('extension', status);
    await refused.operator.find();
    expect([refused.operator.is.value, refused.signed]).toEqual([false, []]);
  }
});
