// A browser on another machine: test/e2e/network_reach_test.go runs this in a network namespace without the
// runner's own server.
//   node reach.mjs hear URL PATH  joins a nest as a guest and waits for audio on a path that matches a regular
//                                 expression; prints the volume and the path. Chromium may use another path at
//                                 first: the one that opened first
//   node reach.mjs diagnose URL   joins where no audio arrives; prints how the app reports it, and the diagnostics
import { chromium } from '@playwright/test';

const [what, url, expected] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // The certificate is the lab's; TURN over TLS, too, is to take it. Nobody is at the screen to allow sound.
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--ignore-certificate-errors',
    '--autoplay-policy=no-user-gesture-required',
  ],
});
try {
  const page = await (await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en' })).newPage();
  await page.addInitScript(() => {
    const Real = RTCPeerConnection;
    globalThis.connections = [];
    globalThis.RTCPeerConnection = class extends Real {
      constructor(...args) {
        super(...args);
        globalThis.connections.push(this);
      }
    };
  });
  await page.goto(url);
  console.log(JSON.stringify(what === 'hear' ? await hear(page, new RegExp(expected)) : await diagnose(page)));
} finally {
  await browser.close();
}

async function hear(page, expected) {
  await page.getByRole('button', { name: 'Join as guest', exact: true }).click();
  let last = {};
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    last = { energy: await page.evaluate(loudness), way: await page.evaluate(way) };
    if (last.energy > 0.01 && expected.test(last.way)) return last;
  }
  return { ...last, page: await page.locator('body').innerText() };
}

// loudness is of what is decoded and played in half a second.
async function loudness() {
  const element = [...document.querySelectorAll('audio')].find(({ srcObject, paused }) => srcObject && !paused);
  if (!element) return 0;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(element.srcObject).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  for (let at = 0; at < 10; at++) {
    await new Promise((done) => setTimeout(done, 50));
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) / samples.length));
  }
  await context.close();
  return loudest;
}

// way is our candidate of the pair in use: "host/tcp", or "relay/tls" with what leads to the relay.
async function way() {
  for (const connection of globalThis.connections) {
    const stats = await connection.getStats();
    for (const one of stats.values()) {
      if (one.type !== 'transport' || !one.selectedCandidatePairId) continue;
      const local = stats.get(stats.get(one.selectedCandidatePairId).localCandidateId);
      return `${local.candidateType}/${local.relayProtocol ?? local.protocol}`;
    }
  }
  return '';
}

async function diagnose(page) {
  await page.getByRole('button', { name: 'Join as guest', exact: true }).click();
  const told = page.getByRole('heading', { name: 'This browser cannot reach the media server' });
  await told.waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Run API Diagnostics', exact: true }).click();
  await page.getByRole('button', { name: 'Copy report', exact: true }).waitFor({ timeout: 60_000 });
  const report = page.getByRole('region', { name: 'Diagnostics', exact: true });
  return {
    verdict: await report.getByRole('status').innerText(),
    sound: await report.getByRole('listitem').filter({ hasText: 'Audio path' }).first().innerText(),
  };
}
