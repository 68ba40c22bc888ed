import { signal } from '@preact/signals';
import type { AudioCaptureOptions } from 'livekit-client';
import type { Box } from '../../lib/storage.ts';

export interface Device {
  id: string;
  name: string; // '' until the page has permission
}

export type Sound = ReturnType<typeof createSound>;

// createSound holds the chosen microphone and loudspeaker. Nothing here asks for permission.
export function createSound(device: Box) {
  const mics = signal<Device[]>([]);
  const outputs = signal<Device[]>([]);
  const mic = signal(device.read('mic') ?? '');
  const output = signal(device.read('output') ?? '');
  const cleaned = signal(device.read('noise') !== 'as it is'); // the browser's noise suppression

  async function refresh(): Promise<void> {
    const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    const of = (kind: MediaDeviceKind) =>
      all
        .filter((one) => one.kind === kind && one.deviceId !== '')
        .map(({ deviceId: id, label: name }) => ({ id, name }));
    mics.value = of('audioinput');
    outputs.value = canChooseOutput() ? of('audiooutput') : [];
  }

  function choose(what: 'mic' | 'output', id: string): void {
    (what === 'mic' ? mic : output).value = id;
    device.write(what, id);
  }

  function clean(is: boolean): void {
    cleaned.value = is;
    device.write('noise', is ? 'cleaned' : 'as it is');
  }

  // capture opens the chosen microphone. It asks for that exact one, because Chromium prefers the system's
  // default otherwise. If it is missing, any microphone will do.
  async function capture<T>(open: (how: AudioCaptureOptions) => Promise<T>): Promise<T> {
    const how = {
      echoCancellation: true,
      autoGainControl: true,
      noiseSuppression: cleaned.peek(),
      voiceIsolation: cleaned.peek(), // a stronger version, in browsers that have it
    };
    if (mic.peek() === '') return open(how);
    try {
      return await open({ ...how, deviceId: { exact: mic.peek() } });
    } catch (err) {
      if ((err as { name?: string }).name !== 'OverconstrainedError') throw err;
      return open(how);
    }
  }

  return { mics, outputs, mic, output, cleaned, refresh, choose, clean, capture };
}

export const canChooseOutput = (): boolean => 'setSinkId' in HTMLMediaElement.prototype;
