import { randomUUID } from 'node:crypto';
import { button, create, expect, join, newPerson, type Person, test, violation } from './test.ts';

// The lines of the join flow, without their details.
const flow = (person: Person) =>
  person.console.filter((line) => /^(🔍|✅|❌|🔐|👤|⚠️)/u.test(line)).map((line) => line.replace(/ \{.*$/s, ''));

test('a good join says the first block of the guide', async ({ person }) => {
  const host = await person();
  await create(host);
  expect(flow(host)).toEqual([
    '🔍 Smart join attempt:',
    '✅ Room info found:',
    '🔐 Trying authenticated join:',
    '✅ Authenticated join successful',
  ]);
  expect(host.console.join('\n')).toMatch(/Smart join attempt: \{roomId: .+, hasUser: true\}/);
});

test('a nest that is 404 everywhere says the second block', async ({ person }) => {
  const someone = await person();
  await someone.page.goto(`/n/${randomUUID()}`);
  await expect(someone.page.getByRole('heading', { name: 'This nest was not found' })).toBeVisible();
  await button(someone.page, 'Join').click();
  await expect
    .poll(() => flow(someone))
    .toEqual([
      '🔍 Smart join attempt:',
      '❌ Room info failed:',
      '🔐 Trying authenticated join:',
      '❌ Authenticated join failed:',
      '👤 Trying guest join:',
      '❌ Guest join failed:',
    ]);
  expect(someone.console.join('\n')).toMatch(/Room info failed: \{status: 404, statusText: Not Found/);
});

test('a guest knocks at the guest endpoint only', async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host);
  await join(guest, url, 'Join as guest');
  expect(flow(guest)).toEqual([
    '🔍 Smart join attempt:',
    '✅ Room info found:',
    '👤 Trying guest join:',
    '✅ Guest join successful',
  ]);
});

test('diagnostics says one line a check and sums up in a toast', async ({ person }) => {
  const [host, guest] = [await person(), await person()];
  const url = await create(host);
  await guest.page.route('**/guest', (route) => route.fulfill({ status: 404, json: { error: 'Room not found' } }));
  await guest.page.goto(url);
  await button(guest.page, 'Join as guest').click();
  await expect(guest.page.getByRole('heading', { name: 'This nest was not found' })).toBeVisible();
  await button(guest.page, 'Run API Diagnostics').click();
  await expect(guest.page.getByText('Room exists: ✅ | Guest access: ❌')).toBeVisible();
  const report = guest.page.getByRole('region', { name: 'Diagnostics' });
  await expect(button(guest.page, 'Copy report')).toBeVisible({ timeout: 40_000 });
  await expect(report.getByRole('list').first().getByRole('listitem')).toHaveText([
    /API health: works/,
    /Room info: works/,
    /Guest access: failed/,
    /Access with your key: not checked/,
    /The server’s report: works/,
    /The nest’s event: works/,
    /Connection to the media server: works/,
    /Audio path: works/,
    /Audio through TURN: this server offers no TURN/,
    /Reconnecting after a loss: works/,
    /Microphone: works/,
  ]);
  await expect(report.getByText('Scenario A')).toBeVisible();
  const lines = guest.console.filter((line) => line.startsWith('🔧')).map((line) => line.replace(/ \{.*$/s, ''));
  expect(lines).toEqual([
    '🔧 Running API diagnostics:',
    '🔧 API health:',
    '🔧 Room info:',
    '🔧 Guest access:',
    '🔧 Authenticated access:',
    '🔧 Server report:',
    '🔧 Nostr event:',
    '🔧 Signalling:',
    '🔧 Media path:',
    '🔧 TURN relay:',
    '🔧 Reconnecting:',
    '🔧 Microphone:',
    '🔧 API diagnostics complete:',
  ]);
});

// Every test of this suite fails when a page it opened says such a thing; here is that pages do say it.
test('what the policy of the page stops is said in the console', async ({ chromium, server }) => {
  const { page, context, console } = await newPerson(chromium, { baseURL: server.url });
  const stopped = () => console.filter((line) => violation.test(line)).length;
  await page.goto('/');
  await page.evaluate(() => {
    const inline = document.createElement('style');
    inline.textContent = 'body { color: red }';
    document.head.append(inline);
  });
  await expect.poll(stopped).toBe(1);
  const thrown = await page.evaluate(() => {
    try {
      document.body.innerHTML = '<img src=x onerror="alert(1)">';
      return 'taken';
    } catch (err) {
      return String(err);
    }
  });
  expect(thrown).toContain('TrustedHTML');
  await expect.poll(stopped).toBe(2);
  await context.close();
});
