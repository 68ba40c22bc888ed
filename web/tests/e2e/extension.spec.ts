import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure';
import { accessible, button, connected, create, expect, type Person, test } from './test.ts';

// A signing extension (NIP-07) that keeps its key outside the page and counts what it is asked. After a reload it
// comes late, as extensions do that wait for the page.
async function extension({ context }: Person, answer: 'signs' | 'refuses'): Promise<number[]> {
  const key = generateSecretKey();
  const kinds: number[] = [];
  await context.exposeFunction('askKey', () => getPublicKey(key));
  await context.exposeFunction('askSignature', (template: Parameters<typeof finalizeEvent>[0]) => {
    kinds.push(template.kind);
    if (answer === 'refuses') throw new Error('the user said no');
    return finalizeEvent(template, key);
  });
  await context.addInitScript(() => {
    const asked = globalThis as unknown as Record<string, (value?: unknown) => Promise<unknown>>;
    const nostr = {
      getPublicKey: () => asked.askKey?.(),
      signEvent: (template: unknown) => asked.askSignature?.(template),
    };
    const provide = () => Object.assign(globalThis, { nostr });
    if (sessionStorage.getItem('nests.extension')) addEventListener('load', () => setTimeout(provide, 500));
    else provide();
  });
  return kinds;
}

test('an extension signs the space and one session, and is not asked again', async ({ person }) => {
  const host = await person();
  const kinds = await extension(host, 'signs');
  const url = await create(host);
  expect(kinds).toEqual([30312, 27235]);
  await button(host.page, 'Leave').click();
  await button(host.page, 'Join').click();
  await connected(host.page);
  await host.page.goto(url);
  await connected(host.page);
  expect(await host.page.evaluate(() => sessionStorage.getItem('nests.key'))).toBeNull(); // not as a stranger
  expect(kinds.filter((kind) => kind === 30312)).toHaveLength(1);
  expect(kinds.length).toBeLessThanOrEqual(3); // a reload may ask for one session more
});

test('an extension that refuses leaves the guest door, offered and not taken', async ({ person }) => {
  const [host, member] = [await person(), await person()];
  const url = await create(host);
  await extension(member, 'refuses');
  await member.page.goto(url);
  await button(member.page, 'Join').click();
  await expect(member.page.getByRole('heading', { name: 'Your signer did not sign' })).toBeVisible();
  await accessible(member.page, 'signer refused');
  await button(member.page, 'Join as guest').click();
  await connected(member.page);
});
