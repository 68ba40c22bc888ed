import { verifyEvent } from 'nostr-tools/pure';
import { expect, it } from 'vitest';
import { localSigner, newSecret } from '../../src/nostr/local.ts';
import { header, request } from '../../src/nostr/nip98.ts';

const call = { url: 'https://n.example/api/v1/nests', method: 'PUT', body: '{"relays":[]}', now: 1_750_000_000_900 };
const tag = (tags: string[][], name: string) => tags.filter((t) => t[0] === name).map((t) => t[1]);

it('signs the tags that NIP-98 requires, once each', async () => {
  const signer = localSigner(newSecret());
  const event = await signer.sign(await request(call));
  expect(event).toMatchObject({
    kind: 27235,
    created_at: 1_750_000_000,
    content: '',
    pubkey: await signer.publicKey(),
  });
  expect(tag(event.tags, 'u')).toEqual([call.url]);
  expect(tag(event.tags, 'method')).toEqual(['PUT']);
  // printf '{"relays":[]}' | sha256sum
  expect(tag(event.tags, 'payload')).toEqual(['be5e485e0e4a614eaf7913664bd3d1d0d7ef966e9931ad9e23ad68502ebe3aaf']);
  expect(verifyEvent(JSON.parse(atob(header(event).replace('Nostr ', ''))))).toBe(true);
});

it('has no payload without a body, and a new nonce each time', async () => {
  const bare = { ...call, body: '' };
  const [one, two] = [await request(bare), await request(bare)];
  expect(tag(one.tags, 'payload')).toEqual([]);
  expect(tag(one.tags, 'nonce')).toHaveLength(1);
  expect(tag(one.tags, 'nonce')).not.toEqual(tag(two.tags, 'nonce'));
});
