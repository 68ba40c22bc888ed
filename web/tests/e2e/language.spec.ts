import { randomUUID } from 'node:crypto';
import { connectedInGerman, createInGerman, de, deSession, deVerdicts, noEnglish } from './german.ts';
import { button, create, dismissToasts, expect, hears, join, type Page, region, test } from './test.ts';

const inGerman = { locale: 'de-DE' };
const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true });
const speaks = (page: Page, lang: string) => expect(page.locator('html')).toHaveAttribute('lang', lang);
const choose = (page: Page, name: string, is: string) => page.getByLabel(name, { exact: true }).selectOption(is);

test('a German browser reads no English: lobby, create, a nest, login, settings, and a refusal', async ({ person }) => {
  test.setTimeout(120_000);
  const [host, guest] = [await person(inGerman), await person(inGerman)];
  const { page } = host;
  // Nothing is drawn before the language is there.
  await page.addInitScript(() => {
    const look = new MutationObserver(() => {
      if (document.body?.textContent?.includes('Live audio rooms')) document.documentElement.dataset.flashed = 'yes';
    });
    look.observe(document, { childList: true, subtree: true, characterData: true });
  });
  await page.goto('/');
  await expect(heading(page, de['lobby.heading'])).toBeVisible();
  await expect(page.locator('[data-flashed]')).toHaveCount(0);
  await speaks(page, 'de');
  await expect(page.getByRole('region', { name: de['lobby.list'] })).toHaveAttribute('aria-busy', 'false');
  await noEnglish(page, 'the lobby');

  await button(page, de['account.login']).first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await noEnglish(page, 'the login');
  await page.getByRole('dialog').getByRole('button', { name: deSession['login.key'] }).click();
  await page.getByLabel(deSession['login.key.field'], { exact: true }).fill('nsec1wrong');
  await page.getByRole('dialog').getByRole('button', { name: deSession['login.submit'] }).click();
  await expect(page.getByRole('alert')).toContainText(de['error.bad_key']);
  await noEnglish(page, 'a wrong key');
  await page.keyboard.press('Escape');

  await page.goto('/new');
  await page.getByRole('radio', { name: de['create.when.later'] }).check();
  await page.getByRole('radio', { name: de['create.access.private'] }).check();
  await button(page, de['create.submit']).click();
  await expect(page.getByText(de['create.title.missing'])).toBeVisible();
  await noEnglish(page, 'the form');

  const url = await createInGerman(host, 'Abendvögel');
  await guest.page.goto(url);
  await expect(heading(guest.page, 'Abendvögel')).toBeVisible();
  await noEnglish(guest.page, 'the preview');
  await button(guest.page, de['action.joinGuest']).click();
  await connectedInGerman(guest.page);
  await button(page, de['action.unmute']).click();
  await expect(region(guest.page, de['region.stage']).getByText(de['person.speaking'])).toBeAttached({
    timeout: 20_000,
  });
  await noEnglish(guest.page, 'the nest of a guest');
  await noEnglish(page, 'the nest of its host');
  await button(page, de['action.share']).click();
  await noEnglish(page, 'share');
  await page.keyboard.press('Escape');
  await button(page, de['action.edit']).click();
  await noEnglish(page, 'edit');
  await page.keyboard.press('Escape');
  await region(page, de['region.audience']).getByRole('button').first().click();
  await noEnglish(page, 'the card of a guest');
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: de['settings.heading'] }).click();
  await expect(heading(page, de['settings.heading'])).toBeVisible();
  await noEnglish(page, 'the settings, with a nest behind');
  await button(page, de['mini.back']).click();
  await button(page, de['action.end']).click();
  await expect(heading(page, de['error.nest_ended'])).toBeVisible();
  await button(page, de['diagnostics.run']).click();
  await expect(page.getByText(deVerdicts.ended)).toBeVisible();
  await noEnglish(page, 'ended, diagnosed');
  await noEnglish(guest.page, 'ended for a guest');

  await page.goto(`/n/${randomUUID()}`);
  await expect(heading(page, de['error.nest_not_found'])).toBeVisible();
  await button(page, de['diagnostics.run']).click();
  await expect(page.getByText('Nest bekannt: ❌')).toBeVisible();
  await noEnglish(page, 'not found, diagnosed');
});

test('the language changes in the middle of a call, which goes on, and is kept', { tag: '@alone' }, async ({
  person,
}) => {
  test.setTimeout(120_000);
  const [host, speaker] = [await person(), await person()];
  const url = await create(host);
  await join(speaker, url, 'Join');
  await region(host.page, 'Audience').getByRole('button', { name: 'Invite to stage' }).click();
  await button(speaker.page, 'Accept').click();
  for (const { page } of [host, speaker]) await button(page, 'Unmute').click();
  await hears(host.page);
  const { page } = speaker;
  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await page.getByRole('link', { name: 'Settings' }).click();
  await choose(page, 'Language', 'de');
  await speaks(page, 'de');
  await expect(heading(page, 'Einstellungen')).toBeVisible();
  await expect(page).toHaveTitle(/^Einstellungen/);
  await expect(page.getByLabel('Sprache', { exact: true })).toHaveValue('de');
  await hears(host.page, 2_500);
  await hears(page, 2_500);
  await button(page, de['mini.back']).click();
  await connectedInGerman(page);
  await expect(button(page, de['action.mute'])).toBeVisible();
  await noEnglishButOldNews(page);
  expect(sockets.filter((socket) => socket.includes('/rtc'))).toEqual([]);

  await page.reload();
  await speaks(page, 'de');
  await page.goto('/settings');
  await expect(heading(page, 'Einstellungen')).toBeVisible();
  await choose(page, 'Sprache', 'system');
  await speaks(page, 'en');
  await expect(heading(page, 'Settings')).toBeVisible();
});

// What was said before the change stays in its words until it goes; nothing is said twice because of it.
async function noEnglishButOldNews(page: Page): Promise<void> {
  await expect(page.getByRole('log').getByText(de['announce.onStage'])).toHaveCount(0);
  await dismissToasts(page);
  await noEnglish(page, 'a nest after the change');
}

test('a language that does not come leaves English; one that is late comes in place', async ({ person }) => {
  const lost = await person(inGerman);
  const words = '**/assets/de-*.js';
  await lost.page.route(words, (route) => route.abort());
  await lost.page.goto('/settings');
  await expect(heading(lost.page, 'Settings')).toBeVisible();
  await speaks(lost.page, 'en');
  await expect(noEnglish(lost.page, 'English')).rejects.toThrow('settings.heading: Settings');
  await choose(lost.page, 'Language', 'de');
  await expect(lost.page.getByRole('alert')).toContainText('This language could not be loaded.');
  await expect(heading(lost.page, 'Settings')).toBeVisible();

  const late = await person(inGerman);
  let come: () => void = () => {};
  const held = new Promise<void>((done) => {
    come = done;
  });
  await late.page.route(words, async (route) => {
    await held;
    await route.continue();
  });
  await late.page.goto('/', { waitUntil: 'commit' });
  await expect(heading(late.page, 'Live audio rooms, open to everyone')).toBeVisible();
  come();
  await expect(heading(late.page, de['lobby.heading'])).toBeVisible();
  await speaks(late.page, 'de');
});
