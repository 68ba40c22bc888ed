import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const binary = process.env.NESTS_BIN ?? join(import.meta.dirname, '..', '..', '..', 'bin', 'nests');

// A real server on free loopback ports with its own data folder, which survives stop, kill and start.
export class Server {
  url = '';
  readonly #data = mkdtempSync(join(tmpdir(), 'nests-e2e-'));
  #env: Record<string, string> = {};
  #process: ChildProcess | null = null;
  readonly #more: Record<string, string>; // settings of this one

  constructor(more: Record<string, string> = {}) {
    this.#more = more;
  }

  async start(): Promise<void> {
    if (!existsSync(binary)) throw new Error(`no server at ${binary}: run make build, or set NESTS_BIN`);
    if (this.url === '') {
      const port = await freeTcp();
      this.url = `http://127.0.0.1:${port}`;
      this.#env = {
        NESTS_HTTP_ADDR: `127.0.0.1:${port}`,
        NESTS_PUBLIC_URL: this.url,
        NESTS_DATA_DIR: this.#data,
        NESTS_MEDIA_UDP_PORT: String(await freeUdp()),
        NESTS_MEDIA_TCP_PORT: '0',
        NESTS_METRICS_ADDR: `127.0.0.1:${await freeTcp()}`,
        NESTS_LOG_FORMAT: 'json',
        ...this.#more,
      };
    }
    const log = createWriteStream(join(this.#data, 'server.log'), { flags: 'a' });
    const child = spawn(binary, ['serve'], { env: { PATH: process.env.PATH ?? '', ...this.#env } });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    this.#process = child;
    await this.ready();
  }

  // ready waits until the server says so.
  async ready(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (this.#process?.exitCode !== null) throw new Error(`the server ended; see ${this.#data}/server.log`);
      const answer = await fetch(`${this.url}/ready`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`the server did not get ready; see ${this.#data}/server.log`);
  }

  // rooms is how many rooms LiveKit has.
  async rooms(): Promise<number> {
    const text = await (await fetch(`http://${this.#env.NESTS_METRICS_ADDR}/metrics`)).text();
    return Number(/^livekit_room_total\{.*\} (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
  }

  // pause lets the process stand still: it answers nothing, and its connections stay as they are.
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#process?.kill('SIGCONT');
  }

  // end sends the signal and waits until the process is gone.
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.goOn(); // what stands still cannot end
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await gone;
  }

  // close ends the server and looks through all it said: no token, no header, nothing that broke.
  async close(): Promise<void> {
    await this.end('SIGTERM');
    const log = readFileSync(join(this.#data, 'server.log'), 'utf8');
    rmSync(this.#data, { recursive: true, force: true });
    const bad = log
      .split('\n')
      .filter((line) => /eyJ[\w-]{8,}\.|access_token=\w|Nostr [\w+/-]{24,}|"status":500|panic/.test(line));
    if (bad.length > 0) throw new Error(`the server's log holds what it must not:\n${bad.slice(0, 5).join('\n')}`);
  }
}

// Ports below those that the system gives to outgoing connections and to port 0: nothing else takes one between the
// check and the server's start, or while a server is restarted. Each worker has its own part of them, and begins
// anywhere in it.
const perWorker = 5_000;
const firstPort = 10_000 + Number(process.env.TEST_PARALLEL_INDEX ?? 0) * perWorker;
let lastPort = Math.floor(Math.random() * perWorker);

async function freePort(isFree: (port: number) => Promise<boolean>): Promise<number> {
  for (let tries = 0; tries < perWorker; tries++) {
    lastPort = (lastPort + 1) % perWorker;
    if (await isFree(firstPort + lastPort)) return firstPort + lastPort;
  }
  throw new Error('no port is free');
}

export const freeTcp = (): Promise<number> =>
  freePort(
    (port) =>
      new Promise((done) => {
        const server = createServer();
        server.once('error', () => done(false));
        server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
      }),
  );

const freeUdp = (): Promise<number> =>
  freePort(
    (port) =>
      new Promise((done) => {
        const socket = createSocket('udp4');
        socket.once('error', () => done(false));
        socket.bind(port, () => socket.close(() => done(true)));
      }),
  );
