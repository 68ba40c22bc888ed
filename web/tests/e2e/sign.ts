import { finalizeEvent, generateSecretKey } from 'nostr-tools/pure';
import { bytesToHex, hexToBytes } from 'nostr-tools/utils';
import { header, request } from '../../src/nostr/nip98.ts';

// A client of the API outside any page: who did not come with a browser, and what the page has no button for yet.
export const newSecret = (): string => bytesToHex(generateSecretKey());

export async function call(secret: string, method: string, url: string, value?: unknown): Promise<Response> {
  const body = value === undefined ? '' : JSON.stringify(value);
  const event = finalizeEvent(await request({ url, method, body, now: Date.now() }), hexToBytes(secret));
  const init: RequestInit = { method, headers: { Authorization: header(event), 'Content-Type': 'application/json' } };
  return fetch(url, body === '' ? init : { ...init, body });
}
