import { signal } from '@preact/signals';
import { afterEach, expect, it, vi } from 'vitest';
import { createOperator } from '../../src/features/operator/operator.ts';
import { knownAct, t } from '../../src/features/operator/texts.ts';
import { createApi } from '../../src/lib/api.ts';
import { setLanguage } from '../../src/lib/i18n.ts';
import { ok } from '../../src/lib/result.ts';

afterEach(async () => {
  await setLanguage('en');
});

it('has texts in the language of the app', async () => {
  expect(t('nests.inside', { count: 1 })).toBe('1 person inside');
  expect([knownAct('kick'), knownAct('act of a newer server')]).toEqual(['removed', 'act of a newer server']);
  await setLanguage('de');
  expect(t('nests.inside', { count: 2 })).toBe('2 Leute sind da');
});

// someone is a user with a signer of that kind, before a server that answers with a status; signed are the calls that
// were signed.
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

it('checks whether the user is the operator without a signer, and takes a refusal for a no', async () => {
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

// paged is an operator before a server with so many pages of nests, one nest a page. While it is held, answers wait in
// line.
function paged(count: number) {
  const server = { held: false, waiting: [] as (() => void)[] };
  const asked: string[] = [];
  const api = createApi(async (input) => {
    const url = new URL(String(input), 'https://nests.example');
    const call = asked.push(url.search);
    if (server.held) await new Promise<void>((go) => server.waiting.push(go));
    const page = Number(url.searchParams.get('cursor') || 1);
    const next = page < count ? String(page + 1) : '';
    return new Response(JSON.stringify({ nests: [{ roomId: `${page} of call ${call}` }], next }));
  });
  const user = signal({ pubkey: 'a'.repeat(64), signer: { kind: 'local' } } as never);
  const { nests, showAll } = createOperator(api, { user, authorize: async () => ok({}) });
  const shown = () => {
    const state = nests.state.value;
    return state.at === 'shown' ? state.value.map((nest) => nest.roomId) : state.at;
  };
  return { nests, showAll, shown, server, asked };
}

it('refreshes a list until more pages are loaded, and keeps those', async () => {
  const { nests, shown } = paged(2);
  await nests.load();
  await nests.refresh();
  expect([shown(), nests.more.value]).toEqual([['1 of call 2'], true]);
  await nests.loadMore();
  await nests.refresh();
  expect([shown(), nests.more.value]).toEqual([['1 of call 2', '2 of call 3'], false]);
  await nests.load();
  await nests.refresh();
  expect(shown()).toEqual(['1 of call 5']);
});

it('shows the answer to the last request, whichever arrives last', async () => {
  const { nests, showAll, shown, server, asked } = paged(3);
  await nests.load();
  server.held = true;
  const slow = nests.loadMore();
  await vi.waitUntil(() => server.waiting.length === 1);
  const wanted = showAll(true);
  await vi.waitUntil(() => server.waiting.length === 2);
  expect(asked.at(-1)).not.toContain('inhabited');
  server.waiting[1]?.();
  await wanted;
  server.waiting[0]?.();
  await slow;
  expect(shown()).toEqual(['1 of call 3']);
});
