import type { Check } from './verdict.ts';

// What can be known of this device without asking for anything. Listening never needs a microphone, so that one that is missing
// is a warning and no cause.
export async function lookAtDevice(): Promise<Check> {
  const began = performance.now();
  const [status, says] = await look();
  return { id: 'microphone', status, failure: null, code: '', says, ms: Math.round(performance.now() - began) };
}

async function look(): Promise<[Check['status'], string]> {
  if (!window.isSecureContext || !navigator.mediaDevices)
    return ['warn', 'Browsers give the microphone to https pages only. Listening works.'];
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  if (!devices.some(({ kind }) => kind === 'audioinput')) return ['warn', 'No microphone was found. Listening works.'];
  const permission = await navigator.permissions?.query({ name: 'microphone' as PermissionName }).catch(() => null);
  if (permission?.state === 'denied') return ['warn', 'This page may not use the microphone. Listening works.'];
  return ['ok', permission?.state === 'granted' ? '' : 'It will be asked for at the first Unmute.'];
}
