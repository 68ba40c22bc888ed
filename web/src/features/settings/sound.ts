import { signal } from '@preact/signals';
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

  // capture is what the browser is asked for; a device that is gone is not insisted on.
  const capture = () => ({
    echoCancellation: true,
    autoGainControl: true,
    noiseSuppression: cleaned.peek(),
    ...(mic.peek() === '' ? {} : { deviceId: { ideal: mic.peek() } }),
  });

  return { mics, outputs, mic, output, cleaned, refresh, choose, clean, capture };
}

export const canChooseOutput = (): boolean => 'setSinkId' in HTMLMediaElement.prototype;
