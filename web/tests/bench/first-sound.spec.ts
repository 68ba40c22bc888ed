import { button, connected, create, expect, type Page, test } from '../e2e/test.ts';

const joins = 30;

// How long a listener waits from the click on Join as guest to the first decoded sound: what left the jitter
// buffer, by the browser's own count. The peer connections are watched from outside the app.
function watch(): void {
  const seen = globalThis as unknown as { clicked: number; heard: Promise<number> };
  addEventListener('click', () => (seen.clicked = performance.now()), { capture: true });
  seen.heard = new Promise((resolve) => {
    const Real = RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        const poll = setInterval(async () => {
          for (const report of (await this.getStats()).values()) {
            if (report.type === 'inbound-rtp' && report.jitterBufferEmittedCount > 0) {
              clearInterval(poll);
              resolve(performance.now());
            }
          }
        }, 10);
      }
    };
  });
}

const waited = (page: Page) =>
  page.evaluate(async () => {
    const seen = globalThis as unknown as { clicked: number; heard: Promise<number> };
    return (await seen.heard) - seen.clicked;
  });

test('click to first sound', async ({ person }) => {
  test.setTimeout(300_000);
  const host = await person();
  const url = await create(host);
  await button(host.page, 'Unmute').click();
  await expect(button(host.page, 'Mute')).toBeVisible();
  const times: number[] = [];
  for (let i = 0; i < joins; i++) {
    const guest = await person();
    await guest.page.addInitScript(watch);
    await guest.page.goto(url);
    await guest.page.waitForLoadState('networkidle'); // as for somebody who read the preview
    await button(guest.page, 'Join as guest').click();
    await connected(guest.page);
    times.push(await waited(guest.page));
    await guest.context.close();
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(times[Math.floor(share * (joins - 1))] ?? 0);
  process.stdout.write(`${joins} joins: p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, worst ${at(1)} ms\n`);
});
