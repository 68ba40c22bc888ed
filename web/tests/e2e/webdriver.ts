import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect } from '@playwright/test';
import { freeTcp } from './server.ts';

// Where the protocol hides the id of an element (W3C WebDriver, §Elements), and how it spells keys (§Keyboard actions).
const reference = 'element-6066-11e4-a52e-4f735466cecf';
export const keys = { enter: '\uE007', escape: '\uE00C' };

// A page in WebKitGTK by the classic W3C WebDriver protocol, on a screen of its own. Elements are XPaths; each is
// waited for.
export class WebKit {
  readonly #home = mkdtempSync(join(tmpdir(), 'nests-webkit-'));
  readonly #processes: ChildProcess[] = [];
  #url = '';

  static async start({ dark = false } = {}): Promise<WebKit> {
    const page = new WebKit();
    try {
      await page.#open(dark);
    } catch (err) {
      await page.close();
      throw err;
    }
    return page;
  }

  async #open(dark: boolean): Promise<void> {
    const screen = this.#spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp']);
    const [display] = await alive(screen, once(screen.stdio[3] as Readable, 'data'));
    const port = await freeTcp();
    const driver = this.#spawn('WebKitWebDriver', [`--port=${port}`], { DISPLAY: `:${String(display).trim()}` });
    await alive(driver, expect(() => get(`http://127.0.0.1:${port}/status`)).toPass({ intervals: [50] }));
    const args = ['--automation', ...(dark ? ['--dark-mode'] : [])];
    const timeouts = { implicit: 10_000, script: 10_000, pageLoad: 30_000 };
    const wanted = { alwaysMatch: { timeouts, 'webkitgtk:browserOptions': { args } } };
    const opened = await post(`http://127.0.0.1:${port}/session`, { capabilities: wanted });
    this.#url = `http://127.0.0.1:${port}/session/${(opened as { sessionId: string }).sessionId}`;
  }

  #spawn(command: string, args: string[], more: Record<string, string> = {}): ChildProcess {
    const env = { PATH: process.env.PATH, HOME: this.#home, XDG_RUNTIME_DIR: this.#home, NO_AT_BRIDGE: '1', ...more };
    const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    this.#processes.push(child);
    return child;
  }

  // close ends the browser by its driver, then driver and screen. A driver that does not answer is ended with all
  // it started.
  async close(): Promise<void> {
    const ended = await ask(this.#url, { method: 'DELETE' }).then(
      () => true,
      () => false,
    );
    for (const child of this.#processes.splice(0).reverse()) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      process.kill(ended ? child.pid : -child.pid);
      await gone;
    }
    rmSync(this.#home, { recursive: true, force: true });
  }

  go = (url: string) => post(`${this.#url}/url`, { url });
  reload = () => post(`${this.#url}/refresh`, {});
  size = (width: number, height: number) => post(`${this.#url}/window/rect`, { x: 0, y: 0, width, height });

  run<T = unknown>(script: string, ...args: unknown[]): Promise<T> {
    return post(`${this.#url}/execute/sync`, { script, args }) as Promise<T>;
  }

  async #find(xpath: string): Promise<string> {
    const found = await post(`${this.#url}/element`, { using: 'xpath', value: xpath });
    return `${this.#url}/element/${(found as Record<string, string>)[reference]}`;
  }

  // What a dialog holds is in the page a moment before it is open.
  click = (xpath: string) =>
    expect(async () => post(`${await this.#find(xpath)}/click`, {})).toPass({ timeout: 10_000, intervals: [50] });

  fill = async (xpath: string, text: string) => post(`${await this.#find(xpath)}/value`, { text });
  text = async (xpath: string): Promise<string> => (await get(`${await this.#find(xpath)}/text`)) as string;

  press(key: string): Promise<unknown> {
    const actions = ['keyDown', 'keyUp'].map((type) => ({ type, value: key }));
    return post(`${this.#url}/actions`, { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  async screenshot(file: string): Promise<void> {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from((await get(`${this.#url}/screenshot`)) as string, 'base64'));
  }
}

const post = (url: string, body: object) => ask(url, { method: 'POST', body: JSON.stringify(body) });
const get = (url: string) => ask(url, {});

async function ask(url: string, init: RequestInit): Promise<unknown> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(40_000) });
  const { value } = (await answer.json()) as { value: { error?: string; message?: string } };
  if (!answer.ok) throw new Error(`${value.error}: ${value.message} (${init.body ?? url})`);
  return value;
}

// alive waits for something of a process, and fails with it.
function alive<T>(child: ChildProcess, wanted: Promise<T>): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${child.spawnargs.join(' ')} ended with ${code}: scripts/setup test installs what is missing`);
  });
  return Promise.race([wanted, ended]);
}
