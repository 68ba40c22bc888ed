import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { publish, sign, stored } from './relay.ts';
import { accessible, button, create, expect, join, type Page, type Person, region, test } from './test.ts';

const seconds = () => Math.floor(Date.now() / 1000);
const secretOf = ({ page }: Person) => page.evaluate(() => sessionStorage.getItem('nests.key') ?? '');
const reactions = (page: Page) => page.getByRole('group', { name: 'Reactions' });

// gather keeps whatever floats over the faces of a region, however short, and how many there were at most over one.
async function gather(page: Page, name: string): Promise<() => Promise<{ seen: string[]; most: number }>> {
  await region(page, name).evaluate((element) => {
    const kept = { seen: [] as string[], most: 0 };
    Object.assign(globalThis, { kept });
    const before = new WeakSet<Element>();
    new MutationObserver(() => {
      for (const face of element.querySelectorAll('li')) {
        const floating = [...face.querySelectorAll('span')].filter(
          (span) => span.childElementCount === 0 && /^\p{Extended_Pictographic}/u.test(span.textContent),
        );
        kept.most = Math.max(kept.most, floating.length);
        for (const span of floating.filter((one) => !before.has(one))) {
          before.add(span);
          kept.seen.push(span.textContent);
        }
      }
    }).observe(element, { childList: true, subtree: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { kept: { seen: string[]; most: number } }).kept);
}

test('a reaction floats above its sender; a guest logs in to react; a flood hides nobody', async ({ person }) => {
  const [host, member, guest] = [await person(), await person(), await person()];
  const url = await create(host);
  await join(member, url, 'Join');
  await join(guest, url, 'Join as guest');
  const seen = await gather(host.page, 'Audience');

  await button(member.page, 'React').click();
  await expect(reactions(member.page).getByRole('button')).toHaveCount(6);
  await accessible(member.page, 'reactions');
  await reactions(member.page).getByRole('button', { name: '👏' }).click();
  await expect(region(member.page, 'Audience').getByText('👏')).toBeAttached(); // one's own, at once
  await expect.poll(async () => (await seen()).seen).toEqual(['👏']);
  await expect(region(host.page, 'Audience').getByText('👏')).toHaveCount(0, { timeout: 5_000 }); // gone by itself
  await member.page.keyboard.press('Escape');
  await expect(reactions(member.page)).toHaveCount(0);

  const secret = await secretOf(member);
  const pubkey = getPublicKey(hexToBytes(secret));
  const [event] = await stored(member.page, { kinds: [7], authors: [pubkey] });
  const coordinate = event?.tags.find(([name]) => name === 'a')?.[1] ?? '';
  expect(event?.tags).toEqual([
    ['a', coordinate, expect.stringMatching(/^ws/)],
    ['p', getPublicKey(hexToBytes(await secretOf(host)))],
    ['k', '30312'],
  ]);

  // The guest's tap survives the login.
  await button(guest.page, 'React').click();
  await reactions(guest.page).getByRole('button', { name: '🔥' }).click();
  await guest.page.getByRole('button', { name: /^New here/ }).click();
  await button(guest.page, 'I saved it').click();
  await expect.poll(async () => (await seen()).seen).toEqual(['👏', '🔥']);

  // Another client, one that likes, one that floods, and one that writes what is no emoji.
  const foreign = (content: string, index = 0) =>
    sign(secret, { kind: 7, created_at: seconds() - index, content, tags: [['a', coordinate]] });
  await publish(member.page, [foreign('<b>👏</b>'), foreign('+', 1)]);
  await expect.poll(async () => (await seen()).seen).toEqual(['👏', '🔥', '❤️']);
  await publish(
    member.page,
    Array.from({ length: 20 }, (_, index) => foreign('😂', index)),
  );
  await expect.poll(async () => (await seen()).seen.filter((emoji) => emoji === '😂').length).toBeGreaterThan(0);
  expect((await seen()).most).toBeLessThanOrEqual(3);
});
