import { randomUUID } from 'node:crypto';
import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { sign } from './relay.ts';
import { call, newSecret } from './sign.ts';

// announce creates a nest of somebody who has no browser here, over the API, and answers with its id.
export async function announce(
  server: string,
  title: string,
  tags: string[][] = [],
  secret = newSecret(),
): Promise<string> {
  const [id, pubkey] = [randomUUID(), getPublicKey(hexToBytes(secret))];
  const event = sign(secret, {
    kind: 30312,
    created_at: Math.floor(Date.now() / 1000),
    content: '',
    tags: [['d', id], ['room', title], ['status', 'open'], ['service', server], ['p', pubkey, '', 'Host'], ...tags],
  });
  const answer = await call(secret, 'PUT', `${server}/api/v1/nests`, { event });
  if (!answer.ok) throw new Error(`create nest ${title}: ${answer.status} ${await answer.text()}`);
  return id;
}
