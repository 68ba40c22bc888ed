import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Tests that listen to audio or measure time (tag @alone) must not share the two cores; all others may. The process
// that runs the suite keeps one queue for all workers. A test holds its turn by an open connection, so a worker
// that dies releases it.

type Kind = 'alone' | 'shared';

const variable = 'NESTS_E2E_TURNS'; // the path of the queue's socket, inherited by the workers

export default async function keepTurns(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'nests-turns-'));
  const waiting: { socket: Socket; kind: Kind }[] = [];
  const holders = new Map<Socket, Kind>();
  const grant = () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const free = holders.size === 0 || (next.kind === 'shared' && ![...holders.values()].includes('alone'));
      if (!free) return; // in the order of asking, so that nobody waits for ever
      waiting.shift();
      holders.set(next.socket, next.kind);
      next.socket.write('go');
    }
  };
  const server = createServer((socket) => {
    socket.once('data', (kind) => {
      waiting.push({ socket, kind: String(kind) as Kind });
      grant();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      holders.delete(socket);
      const index = waiting.findIndex((one) => one.socket === socket);
      if (index >= 0) waiting.splice(index, 1);
      grant();
    });
  });
  const path = join(folder, 'turns');
  server.listen(path);
  await once(server, 'listening');
  process.env[variable] = path;
  return async () => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
}

export class Turn {
  readonly #kind: Kind;
  #held: Socket | null = null;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  async take(): Promise<void> {
    const socket = connect(process.env[variable] ?? '');
    await once(socket, 'connect');
    socket.write(this.#kind);
    await once(socket, 'data');
    this.#held = socket;
  }

  release(): void {
    this.#held?.destroy();
    this.#held = null;
  }

  // rest lets another test take the machine while this one only waits.
  async rest<T>(wait: () => Promise<T>): Promise<T> {
    this.release();
    try {
      return await wait();
    } finally {
      await this.take();
    }
  }
}
