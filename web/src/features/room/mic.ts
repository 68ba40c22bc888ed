import { type Failure, failure } from '../../lib/errors.ts';

// Apps that show pages in a window of their own and keep the microphone to themselves.
const inApp = /FBAN|FBAV|FB_IAB|Instagram|Line\/|MicroMessenger|TikTok|musical_ly|Snapchat|LinkedInApp|; wv\)/;

// micFailure names what keeps the microphone away. Listening needs none of it.
export function micFailure(err: unknown, agent = navigator.userAgent): Failure {
  const name = err instanceof Error ? err.name : '';
  if (inApp.test(agent)) {
    return failure(
      'in_app_browser',
      'This app does not give the microphone to pages.',
      'Copy the link and open it in your browser. Listening works here.',
      'never',
    );
  }
  if (!window.isSecureContext || !navigator.mediaDevices) {
    return failure(
      'insecure_origin',
      'Browsers give the microphone to https pages only.',
      'Open this page with https. Listening works here.',
      'never',
    );
  }
  switch (name) {
    case 'NotAllowedError':
      return failure(
        'mic_denied',
        'This page may not use the microphone.',
        'Allow the microphone in the address bar, then Unmute again.',
      );
    case 'NotFoundError':
    case 'OverconstrainedError':
      return failure('no_mic', 'No microphone was found.', 'Plug one in, then Unmute again.');
    default:
      return failure(
        'mic_busy',
        'The microphone did not start.',
        'Another app may hold it. Close that app, then Unmute again.',
      );
  }
}

export const micSilent = (): Failure =>
  failure(
    'mic_silent',
    'Your microphone is on, but it is silent.',
    'Look for a switch on it, or choose another one in the sound settings.',
  );
