import { ok, type Result } from '../../lib/result.ts';
import { kinds } from '../../nostr/kinds.ts';
import { waitUntilOpen } from '../../nostr/newest.ts';
import type { Link, Published } from '../../nostr/relay.ts';
import type { EventTemplate } from '../../nostr/signer.ts';
import type { Session } from '../session/session.ts';

// Reports of people to the operators of this server (kind 1984, NIP-56).

// reasons are the report types of NIP-56, the most common ones in audio rooms first.
export const reasons = ['profanity', 'spam', 'impersonation', 'illegal', 'nudity', 'malware', 'other'] as const;
export type Reason = (typeof reasons)[number];

export interface Report {
  pubkey: string; // the reported user
  coordinate: string; // of the nest
  reason: Reason;
  note: string;
}

export const template = ({ pubkey, coordinate, reason, note }: Report, now: number): EventTemplate => ({
  kind: kinds.report,
  created_at: now,
  content: note.trim(),
  tags: [
    ['p', pubkey, reason],
    ['a', coordinate],
  ],
});

// sendReport signs a report and publishes it only to this server's relay, where only operators can read it.
export async function sendReport(
  report: Report,
  session: Session,
  connect: (url: string) => Link,
): Promise<Result<Published>> {
  const server = await session.server();
  if (!server.ok) return server;
  const signed = await session.sign(template(report, Math.floor(session.now() / 1000)));
  if (!signed.ok) return signed;
  const link = connect(server.value.relay);
  const lost: Published = { ok: false, lost: true, words: '' };
  const answer = (await waitUntilOpen(link)) ? await link.publish(signed.value) : lost;
  link.close();
  return ok(answer);
}
