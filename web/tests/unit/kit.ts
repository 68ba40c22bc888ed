import type { Info } from '../../src/lib/api.ts';
import { type Failure, fromAnswer } from '../../src/lib/errors.ts';
import { ok, type Result, refused } from '../../src/lib/result.ts';
import type { Box } from '../../src/lib/storage.ts';

export const id = '6f1c3c1e-30b5-4a55-9a53-6f2d8e3f1c11';
export const host = 'a'.repeat(64);

export const info: Info = {
  host,
  speakers: [host],
  admins: [host],
  link: 'naddr1x',
  recording: false,
  status: 'active',
};

const words: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

export function refusal(status: number, code?: string): Failure {
  return fromAnswer(
    status,
    words[status] ?? '',
    code ? { error: 'No.', code, hint: 'Ask.' } : { error: 'Room not found' },
    null,
  );
}

export const no = (status: number, code?: string): Result<never> => refused(refusal(status, code));
export const yes = ok;

// A fetch that answers from a table of "METHOD path" and keeps what it was asked.
export function fakeFetch(answers: Record<string, () => Response | Promise<Response>>) {
  const asked: { call: string; headers: Headers; body: string }[] = [];
  const fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const call = `${init.method ?? 'GET'} ${String(input)}`;
    asked.push({ call, headers: new Headers(init.headers), body: String(init.body ?? '') });
    const answer = answers[call];
    if (!answer) throw new TypeError('Failed to fetch');
    return answer();
  };
  return { fetch: fetch as typeof globalThis.fetch, asked };
}

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, statusText: words[status] ?? 'OK', headers });

// A storage that lasts as long as the test.
export function memory(): Box {
  const kept = new Map<string, string>();
  return {
    read: (key) => kept.get(key) ?? null,
    write: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
  };
}
