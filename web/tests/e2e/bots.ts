import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '..', '..', '..');

export interface Bots {
  said: (words: string) => Promise<void>; // waits for a line of theirs
  leave: () => Promise<void>;
}

// bots are real listeners with real ears, in a process of their own: test/crowd says what they say.
export function bots(url: string, nest: string, people: number, hear: string): Bots {
  const args = ['run', './test/crowd', '-url', url, '-nest', nest, '-people', String(people), '-hear', hear];
  const child = spawn('go', args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const tell = () => {
    for (const look of waiting) look();
  };
  const over = new Promise<void>((done) => child.once('exit', () => done()));
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    tell();
  });
  return {
    said: (words) =>
      new Promise((done, fail) => {
        const look = () => {
          if (!lines.includes(words)) return;
          waiting.delete(look);
          done();
        };
        waiting.add(look);
        look();
        void over.then(() => fail(new Error(`the bots ended before they said "${words}"`)));
      }),
    leave: () => {
      child.stdin.end();
      return over;
    },
  };
}
