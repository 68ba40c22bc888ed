import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { publish, sign, stored } from './relay.ts';
import { newSecret } from './sign.ts';
import { accessible, button, connected, create, expect, join, type Person, region, test } from './test.ts';

const seconds = () => Math.floor(Date.now() / 1000);
const secretOf = ({ page }: Person) => page.evaluate(() => sessionStorage.getItem('nests.key') ?? '');
const pubkeyOf = async (person: Person) => getPublicKey(hexToBytes(await secretOf(person)));

test('a card shows a person’s profile; following and muting keep the other entries of the lists', async ({
  person,
}) => {
  const [host, member] = [await person(), await person()];
  const url = await create(host);
  // A key with a past: it came with an nsec and not from this page.
  const secret = newSecret();
  const me = getPublicKey(hexToBytes(secret));
  await member.page.addInitScript((key) => sessionStorage.setItem('nests.key', key), secret);
  await join(member, url, 'Join');
  const other = await pubkeyOf(host);
  const profile = JSON.stringify({
    display_name: 'Ada of the \u202eBirds',
    about: 'Listens <b>early</b>.',
    picture: 'http://x/y.png',
  });
  const mine = { created_at: seconds() - 100, content: '' };
  expect(
    await publish(host.page, [
      sign(await secretOf(host), { kind: 0, created_at: seconds(), content: profile, tags: [] }),
    ]),
  ).toEqual([]);
  await member.page.reload();
  await connected(member.page);
  await region(member.page, 'Stage').getByRole('button').first().click();
  const card = member.page.getByRole('dialog');
  await expect(card.getByRole('heading')).toHaveText('Ada of the Birds');
  await expect(card).toContainText('Listens <b>early</b>.');
  await expect(card.getByRole('slider', { name: 'Volume for me' })).toBeVisible();
  await accessible(member.page, 'card with a profile');

  // No list is found: writing one would lose whatever is in the real one.
  await button(member.page, 'Follow').click();
  await expect(card.getByRole('alert')).toContainText('Your latest list could not be loaded, so nothing was changed');
  expect(await stored(member.page, { kinds: [3], authors: [me] })).toEqual([]);

  const tags = [
    ['p', 'b'.repeat(64), 'wss://r.example', 'Bo'],
    ['t', 'keep', ''],
    ['p', 'odd'],
  ];
  const content = '{"wss://a.example":{"write":true}}  ';
  const lists = [3, 10000].map((kind) => sign(secret, { ...mine, kind, content, tags }));
  expect(await publish(member.page, lists)).toEqual([]);
  await button(member.page, 'Follow').click();
  await expect(button(member.page, 'Unfollow')).toBeVisible();
  const [follows] = await stored(member.page, { kinds: [3], authors: [me] });
  expect(follows).toMatchObject({ content, tags: [...tags, ['p', other]] });
  await button(member.page, 'Unfollow').click();
  await expect(button(member.page, 'Follow')).toBeVisible();
  expect((await stored(member.page, { kinds: [3], authors: [me] }))[0]).toMatchObject({ content, tags });

  await region(host.page, 'Chat').getByLabel('Message', { exact: true }).fill('Hear me');
  await host.page.keyboard.press('Enter');
  await expect(region(member.page, 'Chat')).toContainText('Hear me');
  await button(member.page, 'Mute in chat').click();
  await expect(region(member.page, 'Chat')).not.toContainText('Hear me');
  expect((await stored(member.page, { kinds: [10000], authors: [me] }))[0]).toMatchObject({
    content,
    tags: [...tags, ['p', other]],
  });
});

test('the page of another nest shows nothing of the user’s current nest', async ({ person }) => {
  const [host, visitor] = [await person(), await person()];
  await create(host, 'Evening birds');
  await create(visitor, 'Morning frogs');
  await visitor.page.getByRole('link', { name: 'Nests', exact: true }).first().click();
  await visitor.page.getByRole('link', { name: 'Evening birds' }).first().click();
  await expect(visitor.page.getByRole('heading', { name: 'Evening birds' })).toBeVisible();
  await expect(visitor.page.getByRole('complementary', { name: 'The nest you are in' })).toContainText('Morning frogs');
  await expect(visitor.page).not.toHaveTitle(/Morning frogs/);
});
