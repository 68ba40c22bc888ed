import { describe, expect, it } from 'vitest';
import { createApi, type Sent } from '../../src/lib/api.ts';
import { redact } from '../../src/lib/log.ts';
import { ok, refused } from '../../src/lib/result.ts';
import { fakeFetch, id, info, json, refusal } from './kit.ts';

const authorize = async (method: string, path: string, body: Sent) =>
  ok({ Authorization: `Nostr ${method} ${path} ${body}` });

describe('api', () => {
  it('uses the paths of the API and signs its requests', async () => {
    const { fetch, asked } = fakeFetch({
      [`GET /api/v1/nests/${id}/info`]: () => json(200, info),
      [`GET /api/v1/nests/${id}/guest`]: () => json(200, { token: 't' }),
      [`GET /api/v1/nests/${id}`]: () => json(200, { token: 't' }),
      'PUT /api/v1/nests': () => json(200, { roomId: id, endpoints: [], token: 't' }),
      [`POST /api/v1/nests/${id}/permissions`]: () => new Response(null, { status: 204 }),
      [`DELETE /api/v1/nests/${id}`]: () => new Response(null, { status: 204 }),
    });
    const api = createApi(fetch);
    const answers = [
      await api.info(id),
      await api.guest(id),
      await api.join(id, authorize),
      await api.create({ relays: [] }, authorize),
      await api.permit(id, { participant: 'p', can_publish: true }, authorize),
      await api.end(id, authorize),
    ];
    expect(answers.map((a) => a.ok)).toEqual([true, true, true, true, true, true]);
    expect(asked[0]?.headers.has('Authorization')).toBe(false);
    expect(asked[1]?.headers.has('Authorization')).toBe(false);
    expect(asked[2]?.headers.get('Authorization')).toBe(`Nostr GET /api/v1/nests/${id} `);
    expect(asked[3]?.headers.get('Authorization')).toBe('Nostr PUT /api/v1/nests {"relays":[]}');
    expect(asked[4]?.body).toBe('{"participant":"p","can_publish":true}');
  });

  it('sends a picture unchanged, and signs the request', async () => {
    const { fetch, asked } = fakeFetch({
      'PUT /api/v1/pictures': () => json(201, { url: 'https://s/p', width: 1, height: 1 }),
    });
    const signed: Sent[] = [];
    const api = createApi(fetch);
    const answer = await api.putPicture(
      new Blob([new Uint8Array([255, 216])], { type: 'image/jpeg' }),
      async (_m, _p, body) => {
        signed.push(body);
        return ok({ Authorization: 'Nostr x' });
      },
    );
    expect(answer).toMatchObject({ ok: true, value: { url: 'https://s/p' } });
    expect(asked[0]?.headers.get('Content-Type')).toBe('image/jpeg');
    expect(signed).toEqual([new Uint8Array([255, 216])]);
    expect(asked[0]?.body).toBe('255,216');
  });

  it('requests a private nest again with the key, and sends the invite', async () => {
    const path = `/api/v1/nests/${id}/info?invite=abc-_`;
    let times = 0;
    const { fetch, asked } = fakeFetch({
      [`GET ${path}`]: () => (++times === 1 ? json(403, { error: 'No.', code: 'nest_private' }) : json(200, info)),
      [`GET /api/v1/nests/${id}/guest?invite=abc-_`]: () => json(200, { token: 't' }),
    });
    const api = createApi(fetch);
    expect((await api.info(id, 'abc-_', authorize)).ok).toBe(true);
    expect(asked.map(({ headers }) => headers.get('Authorization'))).toEqual([null, `Nostr GET ${path} `]);
    expect((await api.guest(id, 'abc-_')).ok).toBe(true);
  });

  it('reads an error body as a failure', async () => {
    const body = {
      error: 'The media server does not answer',
      code: 'media_unavailable',
      hint: 'Wait.',
      request_id: 'r1',
    };
    const { fetch } = fakeFetch({
      [`GET /api/v1/nests/${id}/guest`]: () => json(503, body, { 'Retry-After': '2' }),
    });
    const answer = await createApi(fetch).guest(id);
    expect(answer).toEqual({
      ok: false,
      failure: {
        code: 'media_unavailable',
        cause: 'The media server does not answer',
        hint: 'Wait.',
        retry: 'later',
        status: 503,
        statusText: 'Service Unavailable',
        requestId: 'r1',
        retryAfter: 2,
      },
    });
  });

  it('keeps the details of an ended nest', () => {
    const failure = refusal(404, 'nest_ended');
    expect(failure).toMatchObject({ code: 'nest_ended', status: 404 });
    expect(failure).not.toHaveProperty('title');
  });

  it.each([
    ['HTML', () => new Response('<!doctype html>', { status: 200 })],
    ['a page of another server', () => json(200, { hello: 'world' })],
    ['an empty token', () => json(200, { token: '' })],
  ])('does not take %s for a success', async (_, page) => {
    const { fetch } = fakeFetch({ [`GET /api/v1/nests/${id}/guest`]: page });
    expect(await createApi(fetch).guest(id)).toMatchObject({ ok: false, failure: { code: 'unexpected_answer' } });
  });

  it('never shows an HTML error page', async () => {
    const { fetch } = fakeFetch({
      'GET /health': () => new Response('<b>502</b>', { status: 502, statusText: 'Bad Gateway' }),
    });
    const answer = await createApi(fetch).health();
    expect(JSON.stringify(answer)).not.toContain('<b>');
    expect(answer).toMatchObject({ failure: { code: 'server_unreachable', status: 502, retry: 'later' } });
  });

  it('distinguishes no answer from a refusal', async () => {
    const answer = await createApi(fakeFetch({}).fetch).info(id);
    expect(answer).toMatchObject({ ok: false, failure: { code: 'server_unreachable', status: 0, retry: 'later' } });
  });

  it('signs the request itself if the session has expired, and only then', async () => {
    const { fetch, asked } = fakeFetch({
      [`GET /api/v1/nests/${id}`]: () =>
        asked.at(-1)?.headers.has('Authorization') ? json(200, { token: 't' }) : json(401, { code: 'auth_session' }),
    });
    const auth = async (_m: string, _p: string, _b: Sent, lapsed = false) =>
      ok<Record<string, string>>(lapsed ? { Authorization: 'Nostr x' } : {});
    expect(await createApi(fetch).join(id, auth)).toMatchObject({ ok: true });
    expect(asked).toHaveLength(2);
    const bad = fakeFetch({ [`GET /api/v1/nests/${id}`]: () => json(401, { code: 'auth_time' }) });
    expect(await createApi(bad.fetch).join(id, authorize)).toMatchObject({ failure: { code: 'auth_time' } });
    expect(bad.asked).toHaveLength(1);
  });

  it('sends nothing when signing failed', async () => {
    const { fetch, asked } = fakeFetch({});
    const answer = await createApi(fetch).join(id, async () => refused(refusal(401, 'signer_refused')));
    expect(answer).toMatchObject({ ok: false, failure: { code: 'signer_refused' } });
    expect(asked).toEqual([]);
  });
});

it('redact drops secrets by name and tokens by form', () => {
  const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln';
  expect(redact({ token, access_token: token, url: `wss://n/rtc?access_token=${token}`, status: 404 })).toEqual({
    url: 'wss://n/rtc?access_token=…',
    status: 404,
  });
});
