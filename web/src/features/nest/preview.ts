import { signal } from '@preact/signals';
import type { Info } from '../../lib/api.ts';
import { type Failure, isAway } from '../../lib/errors.ts';
import type { Result } from '../../lib/result.ts';

export type PreviewState = { at: 'loading' } | { at: 'shown'; info: Info } | { at: 'failed'; failure: Failure };

export type NestPreview = ReturnType<typeof createPreview>;

// What is shown of a nest before the user joins. It only reads; nothing connects before a click.
export function createPreview(fetchInfo: () => Promise<Result<Info>>) {
  const state = signal<PreviewState>({ at: 'loading' });

  // refresh returns whether the server answered.
  async function refresh(): Promise<boolean> {
    const answer = await fetchInfo();
    state.value = answer.ok ? { at: 'shown', info: answer.value } : { at: 'failed', failure: answer.failure };
    return answer.ok || !isAway(answer.failure);
  }

  return { state, refresh };
}
