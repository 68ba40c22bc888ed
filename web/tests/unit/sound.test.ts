import { beforeEach, expect, it } from 'vitest';
import { createSound } from '../../src/features/settings/sound.ts';
import { box } from '../../src/lib/storage.ts';

beforeEach(() => localStorage.clear());

const device = box(() => localStorage);
const wanted = ({ deviceId }: { deviceId?: unknown }) => deviceId;

it('requires the chosen microphone, because Chromium ignores one that is only preferred', async () => {
  const sound = createSound(device);
  expect(await sound.capture(async (how) => wanted(how))).toBeUndefined();
  sound.choose('mic', 'desk');
  expect(await sound.capture(async (how) => wanted(how))).toEqual({ exact: 'desk' });
});

it('uses any microphone if the chosen one is missing, and only then', async () => {
  const sound = createSound(device);
  sound.choose('mic', 'desk');
  const refuses = (name: string) => async (how: { deviceId?: unknown }) => {
    if (wanted(how)) throw new DOMException('no', name);
    return 'any';
  };
  expect(await sound.capture(refuses('OverconstrainedError'))).toBe('any');
  await expect(sound.capture(refuses('NotAllowedError'))).rejects.toThrow('no');
});
