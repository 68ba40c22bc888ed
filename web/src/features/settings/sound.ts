import { signal } from '@preact/signals';
import type { AudioCaptureOptions } from 'livekit-client';
import type { Box } from '../../lib/storage.ts';

export interface Device {
  id: string;
  name: string; // '' until the page may know it
}

export type Sound = ReturnType<typeof createSound>;

// Which microphone and which loudspeaker. Nothing here asks for the microphone.
export function createSound(device: Box) {
  const mics = signal<Device[]>([]);
  const outputs = signal<Device[]>([]);
  const mic = signal(device.read('mic') ?? '');
  const output = signal(device.read('output') ?? '');
  const cleaned = signal(device.read('noise') !== 'as it is'); // noise suppression by the browser

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

  // capture opens the microphone as it was chosen: exactly that one, for Chromium takes the system's over one that is only preferred.
  // When it is gone, any will do.
  async function capture<T>(open: (how: AudioCaptureOptions) => Promise<T>): Promise<T> {
    const how = {
      echoCancellation: true,
      autoGainControl: true,
      noiseSuppression: cleaned.peek(),
      voiceIsolation: cleaned.peek(), // the same, stronger, where a browser has it
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
