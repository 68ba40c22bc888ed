import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { cleanName } from './content.ts';
import { shortName } from './link.ts';
import type { Link } from './relay.ts';
import type { NostrEvent } from './signer.ts';
import { createVerifier } from './verify.ts';

export type Names = ReturnType<typeof createNames>;

const together = 100; // ms in which those who are asked for go into one request
const atOnce = 200;

// createNames knows what people call themselves (kind 0); until it does, and for who says nothing, a part of the key.
export function createNames(link: Link) {
  const names = new Map<string, Signal<string>>();
  const newest = new Map<string, number>(); // created_at of the profile that is shown
  let wanted = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const verifier = createVerifier((events) => {
    for (const event of events) take(event);
  });

  function take({ kind, pubkey, content, created_at }: NostrEvent): void {
    const name = names.get(pubkey);
    if (kind !== 0 || !name || (newest.get(pubkey) ?? -1) >= created_at) return;
    newest.set(pubkey, created_at);
    name.value = nameIn(content) || shortName(pubkey);
  }

  async function ask(): Promise<void> {
    timer = undefined;
    const authors = [...wanted].slice(0, atOnce);
    wanted = new Set([...wanted].slice(atOnce));
    const events = await link.fetch({ kinds: [0], authors, limit: authors.length });
    for (const event of events ?? []) verifier.add(event);
    if (wanted.size > 0 && timer === undefined) timer = setTimeout(() => void ask(), together);
  }

  return {
    of(pubkey: string): ReadonlySignal<string> {
      let name = names.get(pubkey);
      if (!name) {
        name = signal(shortName(pubkey));
        names.set(pubkey, name);
        wanted.add(pubkey);
        timer ??= setTimeout(() => void ask(), together);
      }
      return name;
    },
    stop(): void {
      clearTimeout(timer);
      verifier.stop();
    },
  };
}

export function nameIn(content: string): string {
  try {
    const profile = JSON.parse(content) as { display_name?: unknown; name?: unknown } | null;
    return cleanName(profile?.display_name) || cleanName(profile?.name);
  } catch {
    return '';
  }
}
