import { beforeEach, expect, it, vi } from 'vitest';
import { micFailure } from '../../src/features/nest/micFailure.ts';

beforeEach(() => {
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('navigator', { mediaDevices: {}, userAgent: 'Mozilla/5.0 Chrome/130' });
});

const named = (name: string) => Object.assign(new Error('x'), { name });

it.each([
  ['NotAllowedError', 'mic_denied'],
  ['NotFoundError', 'no_mic'],
  ['OverconstrainedError', 'no_mic'],
  ['NotReadableError', 'mic_busy'],
  ['AbortError', 'mic_busy'],
])('%s is %s', (name, code) => {
  expect(micFailure(named(name)).code).toBe(code);
});

it('reports an origin that gets no microphone', () => {
  vi.stubGlobal('isSecureContext', false);
  expect(micFailure(named('TypeError'))).toMatchObject({ code: 'insecure_origin', retry: 'never' });
});

it.each([
  'Mozilla/5.0 (iPhone) AppleWebKit/605 Mobile/15E148 Instagram 300.0',
  'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36',
  'Mozilla/5.0 (iPhone) [FBAN/FBIOS;FBAV/400.0]',
])('knows an app that shows pages without a microphone: %s', (agent) => {
  expect(micFailure(named('NotAllowedError'), agent).code).toBe('in_app_browser');
});
