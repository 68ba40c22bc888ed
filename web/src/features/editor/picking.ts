import { signal } from '@preact/signals';
import { type Failure, noAnswer } from '../../lib/errors.ts';
import { type Result, refused } from '../../lib/result.ts';

export type Upload = (file: Blob) => Promise<Result<string>>;

export type Picking =
  | { at: 'none' }
  | { at: 'sending'; done: Promise<Failure | null> }
  | { at: 'sent' }
  | { at: 'failed'; failure: Failure; file: Blob };

// createPicking uploads a chosen picture and passes its address to onSent. Only the newest file counts: the
// result of an earlier or removed file is ignored.
export function createPicking(upload: Upload, onSent: (url: string) => void) {
  const state = signal<Picking>({ at: 'none' });
  let turn = 0;

  async function send(file: Blob, mine: number): Promise<Failure | null> {
    const sent = await upload(file).catch(() => refused<string>(noAnswer())); // a part of the app did not load
    if (mine !== turn) return null;
    state.value = sent.ok ? { at: 'sent' } : { at: 'failed', failure: sent.failure, file };
    if (sent.ok) onSent(sent.value);
    return sent.ok ? null : sent.failure;
  }

  return {
    state,
    pick(file: Blob): void {
      state.value = { at: 'sending', done: send(file, ++turn) };
    },
    forget(): void {
      turn++;
      state.value = { at: 'none' };
    },
    // settled waits for an upload in progress, so that a submit includes its picture.
    async settled(): Promise<Failure | null> {
      const now = state.peek();
      return now.at === 'sending' ? now.done : null;
    },
  };
}
