import { getPublicKey } from 'nostr-tools/pure';
import { hexToBytes } from 'nostr-tools/utils';
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
  region,
  test,
} from './test.ts';

test('a guest hears the host, and only while the host is unmuted', { tag: '@alone' }, async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host);
  await join(guest, url, 'Join as guest');
  await expect(region(guest.page, 'Stage').getByRole('listitem')).toHaveCount(1);
  await expect(button(guest.page, 'Unmute')).toHaveCount(0);
  expect(await heard(guest.page)).toBeLessThan(audible);

  await button(host.page, 'Unmute').click();
  await expect(button(host.page, 'Mute')).toBeVisible();
  await hears(guest.page);
  await expect(region(guest.page, 'Stage').getByText('speaking')).toBeAttached();
  await accessible(guest.page, 'somebody speaks');

  await button(host.page, 'Mute').click();
  await expect(region(guest.page, 'Stage').getByText('muted')).toBeVisible();
  await expect.poll(() => heard(guest.page, 1_000)).toBeLessThan(audible);
});

test('what is changed in the sound settings inside is taken at once, and the microphone stays on or off', {
  tag: '@alone',
}, async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const { page } = host;
  await keepPeers(page);
  await join(guest, await create(host), 'Join as guest');
  await button(page, 'Unmute').click();
  await expect(button(page, 'Mute')).toBeVisible();
  await button(page, 'Mute').click();
  await expect(button(page, 'Unmute')).toBeVisible();
  await button(page, 'Sound settings').click();
  const mic = page.getByLabel('Microphone', { exact: true });
  await mic.selectOption({ index: 2 });
  const chosen = await mic.inputValue();
  await expect.poll(() => sent(page)).toEqual([{ deviceId: chosen, noiseSuppression: true }]);
  await button(page, 'Close').click();
  expect(await heard(guest.page, 1_000), 'muted as before').toBeLessThan(audible);

  await button(page, 'Unmute').click();
  await hears(guest.page);
  await button(page, 'Sound settings').click();
  await page.getByLabel('Reduce noise').uncheck();
  await expect.poll(() => sent(page)).toEqual([{ deviceId: chosen, noiseSuppression: false }]);
  await button(page, 'Close').click();
  await hears(guest.page);
  await expect(button(page, 'Mute')).toBeVisible();
  await expect(page.getByText('A moderator muted you')).toHaveCount(0);
});

// What the page sends, by the settings of the tracks under its connections.
interface Peers {
  peers: RTCPeerConnection[];
}

const keepPeers = (page: Page) =>
  page.addInitScript(() => {
    const peers: RTCPeerConnection[] = [];
    class Kept extends RTCPeerConnection {
      constructor(config?: RTCConfiguration) {
        super(config);
        peers.push(this);
      }
    }
    Object.assign(globalThis, { peers, RTCPeerConnection: Kept });
  });

const sent = (page: Page) =>
  page.evaluate(() =>
    (globalThis as unknown as Peers).peers
      .flatMap((peer) => peer.getSenders().map(({ track }) => track))
      .filter((track) => track?.readyState === 'live')
      .map((track) => track?.getSettings())
      .map((now) => ({ deviceId: now?.deviceId, noiseSuppression: now?.noiseSuppression })),
  );

test('who is invited to the stage is heard there, and not in the audience', { tag: '@alone' }, async ({
  person,
  server,
}) => {
  const [host, speaker] = [await person(), await person()];
  const url = await create(host);
  await join(speaker, url, 'Join');
  await region(host.page, 'Audience').getByRole('button', { name: 'Invite to stage' }).click();
  await button(speaker.page, 'Accept').click();
  await expect(speaker.page.getByText('You are on stage. Unmute when you want to speak.')).toBeVisible();
  await button(speaker.page, 'Unmute').click();
  await hears(host.page);
  await accessible(host.page, 'host with a speaker');

  await region(host.page, 'Stage').getByRole('listitem').nth(1).getByRole('button').click();
  await host.page.getByRole('dialog').getByRole('button', { name: 'Move to audience' }).click();
  const moved = Date.now();
  await expect(button(speaker.page, 'Unmute').or(button(speaker.page, 'Mute'))).toHaveCount(0);
  await expect.poll(() => heard(host.page, 500)).toBeLessThan(audible);
  expect(Date.now() - moved).toBeLessThan(5_000);
  await expect(region(speaker.page, 'Audience').getByRole('listitem')).toHaveCount(1);

  // The host is told of the stage by LiveKit, the API by the same truth.
  const secret = await speaker.page.evaluate(() => sessionStorage.getItem('nests.key') ?? '');
  const id = await host.page.evaluate(() => JSON.parse(sessionStorage.getItem('nests.in') ?? '{}').id);
  const info = await (await fetch(`${server.url}/api/v1/nests/${id}/info`)).json();
  expect(info.speakers).not.toContain(getPublicKey(hexToBytes(secret)));
});

test('leaving the stage by oneself releases the microphone', async ({ person }) => {
  const host = await person();
  await create(host);
  await button(host.page, 'Unmute').click();
  await expect(button(host.page, 'Mute')).toBeVisible();
  await button(host.page, 'Leave stage').click();
  await expect(region(host.page, 'Audience').getByRole('listitem')).toHaveCount(1);
  await expect(button(host.page, 'Mute')).toHaveCount(0);
  await button(host.page, 'Go on stage').click();
  await expect(button(host.page, 'Unmute')).toBeVisible();
});

test('an end disconnects everybody, an old token does not admit, and a restart brings the nest back', async ({
  person,
  server,
}) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host, 'Phoenix');
  await join(guest, url, 'Join as guest');
  const id = await host.page.evaluate(() => JSON.parse(sessionStorage.getItem('nests.in') ?? '{}').id);
  const { token } = await (await fetch(`${server.url}/api/v1/nests/${id}/guest`)).json();
  const validate = () => fetch(`${server.url}/rtc/validate`, { headers: { Authorization: `Bearer ${token}` } });
  expect((await validate()).status).toBe(200);

  await button(host.page, 'End nest').click();
  await expect(guest.page.getByRole('heading', { name: 'This nest has ended' })).toBeVisible();
  await expect(host.page.getByRole('heading', { name: 'This nest has ended' })).toBeVisible();
  expect((await validate()).status).toBe(403);
  await expect(button(guest.page, 'Restart nest')).toHaveCount(0);
  await accessible(guest.page, 'ended, as a guest');
  await guest.page.getByRole('link', { name: 'Nests' }).click();

  await button(host.page, 'Restart nest').click();
  await connected(host.page);
  await expect(host.page).toHaveURL(url);
  await guest.page.getByRole('link', { name: 'Phoenix' }).click();
  await button(guest.page, 'Join as guest').click();
  await connected(guest.page);
});

test('a reload comes back into the nest', { tag: '@alone' }, async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host);
  await join(guest, url, 'Join as guest');
  await host.page.reload();
  await connected(host.page);
  await expect(button(host.page, 'Unmute')).toBeVisible();
  await button(host.page, 'Unmute').click();
  await guest.page.reload();
  await connected(guest.page);
  await hears(guest.page);
  await button(guest.page, 'Leave').click();
  await expect(guest.page.getByRole('heading', { name: 'You left the nest' })).toBeVisible();
  await guest.page.reload();
  await expect(button(guest.page, 'Join as guest')).toBeVisible();
});

test('the nest goes on while its listener browses the lobby', { tag: '@alone' }, async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host, 'Mini birds');
  await join(guest, url, 'Join as guest');
  await button(host.page, 'Unmute').click();
  await guest.page.getByRole('link', { name: 'Nests' }).click();
  await expect(guest.page.getByRole('complementary', { name: 'The nest you are in' })).toContainText('Mini birds');
  await hears(guest.page);
  await button(guest.page, 'Return').click();
  await connected(guest.page);
});

test('a forced restart brings everybody back by themselves', { tag: '@alone' }, async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host);
  await join(guest, url, 'Join as guest');
  await button(host.page, 'Unmute').click();
  await hears(guest.page);
  await button(host.page, 'Restart nest').click();
  await expect(guest.page.getByRole('status', { name: 'Reconnecting' })).toBeVisible();
  await connected(guest.page);
  await connected(host.page);
  await expect(button(host.page, 'Mute')).toBeVisible();
  await hears(guest.page);
});
