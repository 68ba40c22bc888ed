import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
import { friendlyName } from '../../src/nostr/friendly.ts';
import { npub } from '../../src/nostr/link.ts';
import {
  accessible,
  audible,
  button,
  connected,
  create,
  expect,
  heard,
  hears,
  join,
  type Page,
  type Person,
  region,
  secretKey,
  test,
} from './test.ts';

const pubkeyOf = async ({ page }: Person): Promise<string> => getPublicKey(hexToBytes(await secretKey(page)));
const nameOf = async (person: Person): Promise<string> => friendlyName(await pubkeyOf(person));

// card opens what may be done to somebody.
async function card(page: Page, where: 'Stage' | 'Audience', name: string) {
  await region(page, where).getByRole('button', { name }).first().click();
  const dialog = page.getByRole('dialog', { name });
  await expect(dialog).toBeVisible();
  return dialog;
}

test('from the raised hand to the stage, out of the nest, and in again', { tag: '@alone' }, async ({
  person,
  server,
}) => {
  test.setTimeout(150_000);
  const [host, first, second] = [await person(), await person(), await person()];
  // The microphone is watched from the start: it must not be asked for before the first unmute.
  await first.page.addInitScript(() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wish) => {
      sessionStorage.setItem('asked', 'yes');
      return ask(wish);
    };
  });
  const asked = () => first.page.evaluate(() => sessionStorage.getItem('asked'));
  const url = await create(host);
  await join(first, url, 'Join');
  await join(second, url, 'Join');
  const [one, two] = [await nameOf(first), await nameOf(second)];
  const queue = region(host.page, 'Hands').getByRole('listitem');
  await expect(region(host.page, 'Hands')).toContainText('Nobody has raised a hand.');
  await expect(region(first.page, 'Hands')).toHaveCount(0);

  // In the order of asking; a lowered hand goes to the end when it comes back.
  await button(second.page, 'Raise hand').click();
  await expect(second.page.getByText('Your hand is up. You are number 1 in line.')).toBeVisible();
  await expect(queue).toHaveCount(1);
  await expect(host.page.getByText(`${two} raises a hand.`)).toBeVisible();
  await button(first.page, 'Raise hand').click();
  await expect(queue).toContainText([two, one]);
  await expect(region(second.page, 'Audience').getByText('Hand raised, number')).toHaveCount(2);
  await button(second.page, 'Lower hand').click();
  await expect(queue).toHaveCount(1);
  await button(second.page, 'Raise hand').click();
  await expect(queue).toContainText([one, two]);
  await accessible(host.page, 'hands in the queue');
  await queue.filter({ hasText: two }).getByRole('button', { name: 'Lower hand' }).click();
  await expect(second.page.getByText('Your hand is down.')).toBeVisible();
  await expect(button(second.page, 'Raise hand')).toBeVisible();

  // Invited, declined, invited again, accepted: on stage and muted, and no microphone asked for.
  await queue.getByRole('button', { name: 'Invite to stage' }).click();
  await expect(first.page.getByRole('alert')).toContainText('You are invited to the stage');
  await accessible(first.page, 'invited');
  await expect(button(first.page, 'Unmute')).toHaveCount(0);
  await expect(queue).toHaveCount(0);
  await button(first.page, 'Decline').click();
  await expect(region(first.page, 'Audience').getByText('(you)')).toBeVisible();
  await expect(button(first.page, 'Raise hand')).toBeVisible();
  await (await card(host.page, 'Audience', one)).getByRole('button', { name: 'Invite to stage' }).click();
  await button(first.page, 'Accept').click();
  await expect(region(host.page, 'Stage').getByRole('listitem').filter({ hasText: one })).toContainText('muted');
  expect(await asked()).toBeNull();
  await button(first.page, 'Unmute').click();
  await hears(host.page);
  expect(await asked()).toBe('yes');

  // A moderator who was made one in the show mutes.
  await (await card(host.page, 'Audience', two)).getByRole('button', { name: 'Make moderator' }).click();
  await expect(region(second.page, 'Hands')).toBeVisible();
  const dialog = await card(second.page, 'Stage', one);
  await expect(dialog).toContainText(npub(await pubkeyOf(first)));
  await accessible(second.page, 'card of a speaker');
  await dialog.getByRole('button', { name: 'Mute microphone' }).click();
  await expect(dialog).toBeHidden();
  await expect(first.page.getByRole('alert')).toContainText('A moderator muted you.');
  await expect(button(first.page, 'Unmute')).toBeVisible();
  await expect.poll(() => heard(host.page, 500)).toBeLessThan(audible);
  await button(first.page, 'Unmute').click();
  await hears(host.page);
  await button(second.page, 'Mute all').click();
  await expect.poll(() => heard(host.page, 500)).toBeLessThan(audible);
  await (await card(host.page, 'Audience', two)).getByRole('button', { name: 'Remove as moderator' }).click();
  await expect(region(second.page, 'Hands')).toHaveCount(0);

  // Down, out, and after coming back banned for good.
  await (await card(host.page, 'Stage', one)).getByRole('button', { name: 'Move to audience' }).click();
  await expect(first.page.getByText('You are in the audience now.')).toBeVisible();
  await (await card(host.page, 'Audience', one)).getByRole('button', { name: 'Remove from nest' }).click();
  await expect(first.page.getByRole('heading', { name: 'You were removed from this nest' })).toBeVisible();
  await button(first.page, 'Join').click();
  await connected(first.page);
  const id = await host.page.evaluate(() => JSON.parse(sessionStorage.getItem('nests.in') ?? '{}').id);
  const tokens = await oldTokens(first, second, id);
  const ban = await card(host.page, 'Audience', one);
  await ban.getByRole('button', { name: 'Ban', exact: true }).click();
  await accessible(host.page, 'about to ban');
  await ban.getByRole('button', { name: 'Ban for good' }).click();
  const shut = { name: 'You cannot enter this nest' };
  await expect(first.page.getByRole('heading', shut)).toBeVisible();
  await accessible(first.page, 'banned');

  // No tab, no old token, no guest of that browser; others are not concerned.
  await button(first.page, 'Join').click();
  await expect(first.page.getByRole('heading', shut)).toBeVisible();
  const again = await first.context.newPage();
  await again.goto(url);
  await button(again, 'Join as guest').click();
  await expect(again.getByRole('heading', shut)).toBeVisible();
  const validate = async (token: string) =>
    (await fetch(`${server.url}/rtc/validate`, { headers: { Authorization: `Bearer ${token}` } })).status;
  expect(await validate(tokens.banned)).toBe(403);
  expect(await validate(tokens.other)).toBe(200);

  // Lifted in the list, the door is open.
  await button(host.page, 'Banned people').click();
  const list = host.page.getByRole('dialog', { name: 'Banned people' });
  await expect(list.getByRole('listitem')).toContainText([one]);
  await accessible(host.page, 'banned people');
  await list.getByRole('button', { name: 'Lift ban' }).click();
  await expect(list).toContainText('Nobody is banned from this nest.');
  await list.getByRole('button', { name: 'Close' }).click();
  await button(first.page, 'Join').click();
  await connected(first.page);
  await button(again, 'Join as guest').click();
  await connected(again);
});

// oldTokens are of the member door, got by the page's own key.
async function oldTokens(banned: Person, other: Person, id: string) {
  const tokenOf = async (someone: Person): Promise<string> => {
    const { call } = await import('./sign.ts');
    const origin = new URL(someone.page.url()).origin;
    const answer = await call(await secretKey(someone.page), 'GET', `${origin}/api/v1/nests/${id}`);
    return ((await answer.json()) as { token: string }).token;
  };
  return { banned: await tokenOf(banned), other: await tokenOf(other) };
}

test('a refused moderation is told and changes nothing', async ({ person }) => {
  const [host, listener] = [await person(), await person()];
  const url = await create(host);
  await join(listener, url, 'Join');
  const name = await nameOf(listener);
  const dialog = await card(host.page, 'Audience', name);
  await host.page.route('**/permissions', (route) =>
    route.fulfill({ status: 503, json: { error: 'No.', code: 'media_unavailable', hint: '' } }),
  );
  await dialog.getByRole('button', { name: 'Invite to stage' }).click();
  await expect(host.page.getByText('The media server does not answer')).toBeVisible();
  await expect(dialog).toBeVisible();
  await host.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(region(listener.page, 'Audience').getByText('(you)')).toBeVisible();

  // The card of somebody who leaves says so and offers nothing more.
  const open = await card(host.page, 'Audience', name);
  await button(listener.page, 'Leave').click();
  await expect(open).toContainText('Left the nest');
  await expect(open.getByRole('button')).toHaveText(['', 'Follow', 'Mute in chat', 'Report']); // nothing to moderate

  await host.page.route('**/bans', (route) => route.abort());
  await host.page.keyboard.press('Escape');
  await button(host.page, 'Banned people').click();
  await expect(host.page.getByRole('dialog').getByRole('alert')).toContainText('The server does not answer');
  await host.page.unroute('**/bans');
  await button(host.page, 'Try again').click();
  await expect(host.page.getByRole('dialog')).toContainText('Nobody is banned');
});

test('the host leaves: the page says so, a moderator may end the nest, and the host returns without a tap', async ({
  person,
}) => {
  const [host, moderator] = [await person(), await person()];
  const url = await create(host);
  await join(moderator, url, 'Join');
  const opened = await card(host.page, 'Audience', await nameOf(moderator));
  await opened.getByRole('button', { name: 'Make moderator' }).click();
  await expect(region(moderator.page, 'Moderator tools')).toBeVisible();
  await host.page.goto('about:blank'); // the page is gone, as when a browser dies
  await expect(moderator.page.getByText('The host is not here right now')).toBeVisible();
  await expect(moderator.page.getByText('You can keep the nest going or end it.')).toBeVisible();
  await accessible(moderator.page, 'host away');
  await host.page.goto(url);
  await connected(host.page);
  await expect(moderator.page.getByText('The host is not here right now')).toHaveCount(0);
  await host.page.goto('about:blank');
  await expect(moderator.page.getByText('The host is not here right now')).toBeVisible();
  await button(moderator.page, 'End nest').click();
  await expect(moderator.page.getByRole('heading', { name: 'This nest has ended' })).toBeVisible();
});
