import { ok, type Result } from '../../lib/result.ts';
import { kinds } from '../../nostr/kinds.ts';
import { opened } from '../../nostr/newest.ts';
import type { Link, Published } from '../../nostr/relay.ts';
import type { EventTemplate } from '../../nostr/signer.ts';
import type { Session } from '../session/session.ts';

// Reports of people to the operators of this server (kind 1984, NIP-56).

// The words of NIP-56 for what somebody does, those first that are heard of most in audio rooms.
export const reasons = ['profanity', 'spam', 'impersonation', 'illegal', 'nudity', 'malware', 'other'] as const;
export type Reason = (typeof reasons)[number];

export interface Report {
  pubkey: string; // whom it is about
  coordinate: string; // of the nest it happened in
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

// sendReport signs a report and brings it to this server's relay alone: operators read it there, and nobody else.
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
  const answer = (await opened(link)) ? await link.publish(signed.value) : lost;
  link.close();
  return ok(answer);
}
