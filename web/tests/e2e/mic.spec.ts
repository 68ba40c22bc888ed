import { writeFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { accessible, button, connected, create, expect, flags, hears, join, launch, newPerson, test } from './test.ts';

// Ten seconds of nothing, 48 kHz mono PCM.
function silence(folder: string): string {
  const file = path(folder, 'silence.wav');
  const data = Buffer.alloc(48_000 * 2 * 10);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(48_000, 24);
  head.writeUInt32LE(96_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  writeFileSync(file, Buffer.concat([head, data]));
  return file;
}

const without = (part: string) => flags.filter((flag) => !flag.startsWith(part));

test(
  'a microphone that is missing, silent, in an app, or on an insecure page: each says so, and listening goes on',
  { tag: '@alone' },
  async ({ server, person }, info) => {
    test.setTimeout(120_000);
    const speaker = await person();
    const url = await create(speaker, 'Mic check');
    await button(speaker.page, 'Unmute').click();
    const cases = [
      {
        name: 'missing',
        args: without('--use-f').concat('--use-fake-ui-for-media-stream'),
        options: { permissions: ['microphone'] },
        says: 'No microphone was found',
      },
      {
        name: 'silent',
        args: without('--use-file').concat(`--use-file-for-fake-audio-capture=${silence(info.outputPath())}`),
        options: {},
        says: 'Your microphone is on, but it is silent',
      },
      {
        name: 'in an app',
        args: without('--use-fake-ui'),
        options: { userAgent: 'Mozilla/5.0 (iPhone) AppleWebKit/605.1 Mobile/15E148 Instagram 300.0' },
        says: 'This app does not let pages use the microphone',
      },
      {
        name: 'insecure',
        args: flags.concat('--host-resolver-rules=MAP nests.test 127.0.0.1'),
        options: { baseURL: server.url.replace('127.0.0.1', 'nests.test') },
        says: 'Browsers allow the microphone only on https pages',
      },
    ];
    for (const { name, args, options, says } of cases) {
      await test.step(name, async () => {
        const browser = await launch(args);
        const someone = await newPerson(browser, { baseURL: server.url, ...options });
        const { page } = someone;
        // On the insecure page a key cannot sign for the server's own address; its listener is a guest.
        const asHost = name !== 'insecure';
        if (asHost) {
          await create(someone, `A nest with a microphone that is ${name}`);
          await button(page, 'Unmute').click();
          await expect(page.getByRole('alert')).toContainText(says);
          await accessible(page, `microphone ${name}`);
          await button(page, 'Leave').click();
        }
        await page.goto(asHost ? url : url.replace('127.0.0.1', 'nests.test'));
        await button(page, 'Join as guest').click();
        await connected(page);
        await hears(page);
        if (!asHost) {
          await page.goto(`${server.url.replace('127.0.0.1', 'nests.test')}/settings`);
          await button(page, 'Test microphone').click();
          await expect(page.getByRole('alert')).toContainText(says);
          await accessible(page, 'insecure origin');
        }
        await browser.close();
      });
    }
  },
);

test('settings: the level moves, one hears oneself, and what is chosen is kept', { tag: '@alone' }, async ({
  person,
}) => {
  const { page } = await person();
  await page.clock.install();
  await page.goto('/settings');
  await accessible(page, 'settings');
  await button(page, 'Test microphone').click();
  const level = page.getByRole('meter', { name: 'Microphone level' });
  await expect
    .poll(async () => Number(await level.evaluate((meter: HTMLMeterElement) => meter.value)))
    .toBeGreaterThan(0.1);
  await button(page, 'Hear yourself').click();
  await expect(button(page, 'Speak now…')).toBeVisible();
  await page.clock.fastForward(2_000); // half of what is recorded, and so of what is played
  await expect(button(page, 'Playing…')).toBeVisible();
  await button(page, 'End test').click();
  // A tone that is only silence would be no test: what is played is listened to.
  const loudest = page.evaluate(async () => {
    const real = HTMLMediaElement.prototype.play;
    const stream = await new Promise<MediaStream>((done) => {
      HTMLMediaElement.prototype.play = function play() {
        done(this.srcObject as MediaStream);
        return real.call(this);
      };
    });
    const context = new AudioContext();
    const analyser = new AnalyserNode(context);
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let most = 0;
    for (const end = performance.now() + 1_200; performance.now() < end; ) {
      await new Promise((done) => setTimeout(done, 50));
      analyser.getFloatTimeDomainData(samples);
      most = Math.max(most, ...samples.map(Math.abs));
    }
    return most;
  });
  await button(page, 'Play a tone').click();
  await expect(button(page, 'Playing a tone…')).toBeVisible();
  expect(await loudest).toBeGreaterThan(0.05);
  await expect(button(page, 'Play a tone')).toBeVisible();
  const mic = page.getByLabel('Microphone', { exact: true });
  const names = await mic.getByRole('option').allTextContents();
  expect(names.length).toBeGreaterThan(1);
  await mic.selectOption({ index: 1 });
  await page.getByRole('radio', { name: 'Dark' }).check();
  await page.getByLabel('Reduce noise').uncheck();
  await page.reload();
  await button(page, 'Test microphone').click(); // the names of devices are known from then on
  await expect(mic).toHaveValue(/.+/);
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();
  await expect(page.getByLabel('Reduce noise')).not.toBeChecked();
});

test('single keys: m and the space bar, only when switched on and with the nest in front', { tag: '@alone' }, async ({
  person,
}) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host);
  await join(guest, url, 'Join as guest');
  const { page } = host;
  await page.keyboard.press('m');
  await expect(button(page, 'Unmute')).toBeVisible();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Use single-key shortcuts in a nest').check();
  await button(page, 'Return').click();
  await page.locator('body').click({ position: { x: 5, y: 300 } });
  await page.keyboard.press('m');
  await expect(button(page, 'Mute')).toBeVisible();
  await page.keyboard.press('m');
  await expect(button(page, 'Unmute')).toBeVisible();
  await page.keyboard.down(' ');
  await expect(button(page, 'Mute')).toBeVisible();
  await hears(guest.page);
  await page.keyboard.up(' ');
  await expect(button(page, 'Unmute')).toBeVisible();
  await page.getByLabel('Message', { exact: true }).fill('mmm');
  await page.keyboard.press('m');
  await expect(button(page, 'Unmute')).toBeVisible();
});
