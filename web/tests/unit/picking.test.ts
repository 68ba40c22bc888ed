import { describe, expect, it } from 'vitest';
import { createDraft } from '../../src/features/editor/draft.ts';
import type { Result } from '../../src/lib/result.ts';
import { no, yes } from './kit.ts';

// A draft whose uploads end when the test decides.
function drafted() {
  const ends: ((with_: Result<string>) => void)[] = [];
  const draft = createDraft(() => new Promise((done) => ends.push(done)));
  const pick = () => draft.picking.pick(new Blob(['x']));
  const end = async (which: number, result: Result<string>) => {
    ends[which]?.(result);
    await Promise.resolve();
  };
  return { draft, picking: draft.picking, pick, end };
}

describe('picking a picture', () => {
  it('is written to the draft, and the form waits for it', async () => {
    const { draft, picking, pick, end } = drafted();
    expect(await picking.settled()).toBeNull();
    draft.set('title', 'Birds');
    pick();
    expect(picking.state.value.at).toBe('sending');
    const settled = picking.settled();
    await end(0, yes('https://s/a'));
    expect(await settled).toBeNull();
    expect(picking.state.value.at).toBe('sent');
    expect(draft.fields.value).toMatchObject({ title: 'Birds', image: 'https://s/a' });
  });

  it('keeps the previous picture and the file after a failure, and stops the form', async () => {
    const { draft, picking, pick, end } = drafted();
    draft.set('image', 'https://s/before');
    pick();
    const settled = picking.settled();
    await end(0, no(403, 'picture_quota'));
    expect(await settled).toMatchObject({ code: 'picture_quota' });
    expect(picking.state.value).toMatchObject({ at: 'failed', file: expect.any(Blob) });
    expect(draft.fields.value.image).toBe('https://s/before');
    expect(await picking.settled()).toBeNull(); // it was shown; the form may be sent without the picture
  });

  it('fails with a text if a part of the app did not load', async () => {
    const draft = createDraft(() => Promise.reject(new TypeError('Failed to fetch dynamically imported module')));
    draft.picking.pick(new Blob(['x']));
    expect(await draft.picking.settled()).toMatchObject({ code: 'server_unreachable', retry: 'later' });
    expect(draft.picking.state.value.at).toBe('failed');
  });

  it('ignores an earlier file, and one that was removed', async () => {
    const { draft, picking, pick, end } = drafted();
    pick();
    pick();
    await end(1, yes('https://s/second'));
    await end(0, yes('https://s/first'));
    await expect.poll(() => draft.fields.value.image).toBe('https://s/second');
    pick();
    draft.clear();
    await end(2, yes('https://s/third'));
    expect(await picking.settled()).toBeNull();
    expect(picking.state.value.at).toBe('none');
    expect(draft.fields.value.image).toBe('');
  });
});
