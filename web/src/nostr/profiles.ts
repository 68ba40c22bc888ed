import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { cleanName } from './content.ts';
import { friendlyName } from './friendly.ts';
import { kinds } from './kinds.ts';
import { waitUntilOpen } from './newest.ts';
import type { Link } from './relay.ts';
import type { NostrEvent } from './signer.ts';
import { createVerifier } from './verify.ts';

// A user's profile, safe to show.
export interface Profile {
  name: string; // from the profile, else a friendly name made from the key
  picture: string; // https, '' for none
  about: string;
}

const together = 100; // ms within which profiles are requested together
const atOnce = 200;
const aboutMost = 500;

// createProfiles reads profiles from the server's relay. Until a profile has arrived, and for keys without one, the
// name is made from the key.
export function createProfiles(relay: () => Promise<Link | null>) {
  const profiles = new Map<string, Signal<Profile>>();
  const newest = new Map<string, number>(); // created_at of what is shown
  let wanted = new Set<string>();
  let asking = false;

  const verifier = createVerifier((events) => {
    for (const event of events) take(event);
  });

  function take({ kind, pubkey, content, created_at }: NostrEvent): void {
    const profile = profiles.get(pubkey);
    if (kind !== kinds.profile || !profile || (newest.get(pubkey) ?? -1) >= created_at) return;
    newest.set(pubkey, created_at);
    profile.value = profileIn(content, pubkey);
  }

  function soon(): void {
    if (asking) return;
    asking = true;
    setTimeout(() => void ask(), together);
  }

  async function ask(): Promise<void> {
    asking = false;
    const authors = [...wanted].slice(0, atOnce);
    wanted = new Set([...wanted].slice(atOnce));
    const link = await relay();
    const events =
      link && (await waitUntilOpen(link))
        ? await link.fetch({ kinds: [kinds.profile], authors, limit: authors.length })
        : null;
    link?.close();
    for (const event of events ?? []) verifier.add(event);
    if (wanted.size > 0) soon();
  }

  return {
    of(pubkey: string): ReadonlySignal<Profile> {
      let profile = profiles.get(pubkey);
      if (!profile) {
        profile = signal({ name: friendlyName(pubkey), picture: '', about: '' });
        profiles.set(pubkey, profile);
        wanted.add(pubkey);
        soon();
      }
      return profile;
    },
  };
}

export function profileIn(content: string, pubkey: string): Profile {
  const profile = read(content);
  return {
    name: cleanName(profile.display_name) || cleanName(profile.name) || friendlyName(pubkey),
    picture: pictureIn(profile.picture),
    about: typeof profile.about === 'string' ? profile.about.slice(0, aboutMost) : '',
  };
}

function read(content: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function pictureIn(value: unknown): string {
  try {
    const url = new URL(typeof value === 'string' && value.length < 2_000 ? value : '');
    return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : '';
  } catch {
    return '';
  }
}
