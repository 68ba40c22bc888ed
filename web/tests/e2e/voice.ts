import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const cache = join(import.meta.dirname, '..', '..', '..', '.cache');

// What the fake microphone says, in a loop: real speech, because the browser's noise suppression eats anything else.
export const voice = join(cache, 'voice.wav');

const text =
  'Good evening and welcome to the nest. ' +
  'Tonight we talk about birds, and how they build their homes high in the trees.';

export default function makeVoice(): void {
  if (existsSync(voice)) return;
  mkdirSync(cache, { recursive: true });
  const [raw, made] = [join(cache, 'voice-raw.wav'), join(cache, 'voice-made.wav')];
  execFileSync('espeak-ng', ['-w', raw, text]);
  execFileSync('sox', [raw, '-r', '48000', '-c', '1', '-b', '16', made, 'gain', '-n', '-3']);
  renameSync(made, voice);
}
