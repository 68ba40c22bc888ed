import { t } from './texts.ts';
import type { Check } from './verdict.ts';

// checkDevice checks this device without asking for permission. Listening needs no microphone, so a missing
// one is a warning and never the cause.
export async function checkDevice(): Promise<Check> {
  const began = performance.now();
  const [status, says] = await microphone();
  return { id: 'microphone', status, failure: null, code: '', says, ms: Math.round(performance.now() - began) };
}

async function microphone(): Promise<[Check['status'], string]> {
  if (!window.isSecureContext || !navigator.mediaDevices) return ['warn', t('insecure_origin')];
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  if (!devices.some(({ kind }) => kind === 'audioinput')) return ['warn', t('no_mic')];
  const permission = await navigator.permissions?.query({ name: 'microphone' as PermissionName }).catch(() => null);
  if (permission?.state === 'denied') return ['warn', t('mic_denied')];
  return ['ok', permission?.state === 'granted' ? '' : t('diagnostics.microphone.later')];
}
