import { signal } from '@preact/signals';
import type { Info } from '../../lib/api.ts';
import { type Failure, isAway } from '../../lib/errors.ts';
import type { Result } from '../../lib/result.ts';

export type Preview = { at: 'loading' } | { at: 'shown'; info: Info } | { at: 'failed'; failure: Failure };

// What is shown of a nest before anybody joins. It only reads; nothing connects before a click.
export function createPreview(look: () => Promise<Result<Info>>) {
  const state = signal<Preview>({ at: 'loading' });

  // refresh says whether somebody answered.
  async function refresh(): Promise<boolean> {
    const answer = await look();
    state.value = answer.ok ? { at: 'shown', info: answer.value } : { at: 'failed', failure: answer.failure };
    return answer.ok || !isAway(answer.failure);
  }

  return { state, refresh };
}
