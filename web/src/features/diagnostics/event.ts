import type { Config, Info } from '../../lib/api.ts';
import { t } from '../../lib/i18n.ts';
import type { CheckStatus } from '../../lib/report.ts';
import type { Result } from '../../lib/result.ts';
import { kinds } from '../../nostr/kinds.ts';
import { newest } from '../../nostr/newest.ts';
import type { Link } from '../../nostr/relay.ts';
import type { NostrEvent } from '../../nostr/signer.ts';

// Compares the nest's event with the API.

export interface Found {
  event: NostrEvent | null;
  asked: number; // relays that answered
  silent: number;
}

// findSpace fetches the newest space with an id, by the host if known, from the server's relay and those of
// the link.
export async function findSpace(
  id: string,
  host: string | undefined,
  relays: string[],
  connect: (url: string) => Link,
): Promise<Found> {
  const filter = { kinds: [kinds.space], '#d': [id], ...(host ? { authors: [host] } : {}) };
  const answers = await Promise.all(
    relays.slice(0, 5).map(async (url) => {
      const link = connect(url);
      try {
        return await newest(link, filter);
      } finally {
        link.close();
      }
    }),
  );
  const events = answers.filter((event) => event !== null && event !== undefined);
  const event = events.sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1))[0] ?? null;
  const silent = answers.filter((answer) => answer === undefined).length;
  return { event, asked: answers.length - silent, silent };
}

export interface Compared {
  status: CheckStatus;
  code: string;
  says: string;
}

// compare concludes from the event and the API's info. It is pure.
export function compare({ event, asked }: Found, info: Result<Info> | null, config: Config): Compared {
  if (!event && asked === 0) return { status: 'unknown', code: '', says: t('diagnostics.event.unasked') };
  if (!event) return { status: 'warn', code: '', says: t('diagnostics.event.none') };
  const tag = (name: string) => event.tags.find(([key]) => key === name)?.[1] ?? '';
  const service = tag('service');
  const says = t('diagnostics.event.says', { service: service || '–', status: tag('status') || '–' });
  if (service !== '' && !isOurs(service, config)) return { status: 'fail', code: 'wrong_server', says };
  if (info?.ok && info.value.host !== event.pubkey) return { status: 'fail', code: 'id_mismatch', says };
  if (info && !info.ok && info.failure.status === 404) {
    const over = ['closed', 'ended'].includes(tag('status'));
    if (info.failure.code !== 'nest_ended') return { status: 'fail', code: 'orphan_space', says };
    return over ? { status: 'ok', code: '', says } : { status: 'warn', code: 'signature_owed', says };
  }
  if (info?.ok && info.value.signature_owed) return { status: 'warn', code: 'signature_owed', says };
  const streaming = event.tags.filter(([key, value]) => key === 'streaming' && /^wss?\+livekit:/.test(value ?? ''));
  const strange = streaming.find(([, value]) => !config.endpoints.includes(value ?? ''));
  if (strange) return { status: 'warn', code: '', says: t('diagnostics.event.media', { address: strange[1] ?? '' }) };
  return { status: 'ok', code: '', says };
}

// A service tag may contain the path of the API and a trailing slash.
function isOurs(service: string, config: Config): boolean {
  const origin = service.replace(/\/+$/, '').replace(/\/api\/v1\/nests$/, '');
  return [...config.public_urls, location.origin].some((url) => url.replace(/\/+$/, '') === origin);
}
