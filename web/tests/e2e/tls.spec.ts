import { Authority } from './authority.ts';
import { freeTcp, Server } from './server.ts';
import { button, create, expect, flags, hears, join, launch, newPerson, region, test, violation } from './test.ts';

// The server's own TLS in a browser that believes the certificate as it would one from the internet: nothing is
// switched off.
test('a nest over HTTPS: create, join as a guest, hear and chat, all of it encrypted', { tag: '@alone' }, async () => {
  test.setTimeout(120_000);
  const authority = new Authority();
  authority.make('localhost');
  const [secure, plain] = [await freeTcp(), await freeTcp()];
  const url = `https://localhost:${secure}`;
  const server = new Server({
    NESTS_PUBLIC_URL: url,
    NESTS_TLS_CERT: authority.cert,
    NESTS_TLS_KEY: authority.key,
    NESTS_TLS_ADDR: `127.0.0.1:${secure}`,
    NESTS_TLS_REDIRECT_ADDR: `127.0.0.1:${plain}`,
  });
  await server.start();
  const browser = await launch(flags, { ...process.env, HOME: authority.home });
  const people = [await newPerson(browser, { baseURL: url }), await newPerson(browser, { baseURL: url })] as const;
  const [host, guest] = people;
  const sockets: string[] = [];
  const requests: string[] = [];
  const versions = new Set<string>();
  for (const { page } of people) {
    page.on('websocket', (socket) => sockets.push(socket.url()));
    page.on('request', (request) => requests.push(request.url()));
  }

  const first = await host.page.goto(`http://localhost:${plain}/`);
  expect(first?.url()).toBe(`${url}/`);
  expect((await first?.securityDetails())?.issuer).toBe('Nests test authority');
  const nest = await create(host);
  expect(nest).toContain(url);
  await join(guest, nest, 'Join as guest');
  await button(host.page, 'Unmute').click();
  await hears(guest.page);
  const chat = region(host.page, 'Chat');
  await chat.getByLabel('Message', { exact: true }).fill('Hello over TLS');
  await host.page.keyboard.press('Enter');
  await expect(region(guest.page, 'Chat')).toContainText('Hello over TLS');

  expect(await host.page.evaluate(() => isSecureContext)).toBe(true);
  for (const version of await guest.page.evaluate(() =>
    performance.getEntriesByType('resource').map((entry) => (entry as PerformanceResourceTiming).nextHopProtocol),
  ))
    versions.add(version);
  expect(versions).toContain('h2');
  expect(sockets.some((socket) => socket.startsWith(`wss://localhost:${secure}/rtc`))).toBe(true);
  expect(sockets.some((socket) => socket.startsWith(`wss://localhost:${secure}/relay`))).toBe(true);
  expect(
    [...sockets, ...requests].filter((address) => /^(http|ws):/.test(address) && !address.includes(`:${plain}`)),
  ).toEqual([]);
  for (const { console, context } of people) {
    expect(
      console.filter((line) => violation.test(line) || /mixed content|certificate|ERR_SSL|ERR_CERT/i.test(line)),
    ).toEqual([]);
    await context.close();
  }
  await browser.close();
  await server.close();
  authority.close();
});
