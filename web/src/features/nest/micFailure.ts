import { type Failure, failure } from '../../lib/errors.ts';

// Apps with a browser of their own, which gives pages no microphone.
const inApp = /FBAN|FBAV|FB_IAB|Instagram|Line\/|MicroMessenger|TikTok|musical_ly|Snapchat|LinkedInApp|; wv\)/;

// micFailure returns why the microphone could not be opened.
export function micFailure(err: unknown, agent = navigator.userAgent): Failure {
  const name = err instanceof Error ? err.name : '';
  if (inApp.test(agent)) return failure('in_app_browser', 'never');
  if (!window.isSecureContext || !navigator.mediaDevices) return failure('insecure_origin', 'never');
  switch (name) {
    case 'NotAllowedError':
      return failure('mic_denied');
    case 'NotFoundError':
    case 'OverconstrainedError':
      return failure('no_mic');
    default:
      return failure('mic_busy');
  }
}
