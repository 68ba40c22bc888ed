import { createServer, type Server as HttpServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const asset = /(-[\w-]{8})\.(js|css|woff2)/g; // a name with a hash, as the build makes it

// A proxy before the server which can also be away, or have another build of the app: the same files under other
// names, and the names of the build before are gone.
export class Front {
  url = '';
  build = 1;
  away = false;
  readonly asked: string[] = []; // paths, since the last look
  readonly #http: HttpServer;

  constructor(server: string) {
    this.#http = createServer((from, to) => this.#pass(server, from, to));
  }

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#http.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((done) => this.#http.close(done));
  }

  #pass(server: string, from: IncomingMessage, to: ServerResponse): void {
    const path = from.url ?? '/';
    this.asked.push(path);
    if (this.away) return void to.writeHead(502).end('Bad Gateway');
    if (path.startsWith('/assets/') && !path.includes(`.b${this.build}.`)) return void to.writeHead(404).end();
    const headers = { ...from.headers, 'accept-encoding': 'identity', host: new URL(server).host };
    const upstream = request(server + path.replace(/\.b\d+\./, '.'), { method: from.method, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        let body = Buffer.concat(parts);
        if (/html|javascript|css/.test(answer.headers['content-type'] ?? ''))
          body = Buffer.from(this.#rename(String(body)));
        to.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'content-length': body.length }).end(body);
      });
    });
    upstream.on('error', () => to.destroy());
    from.pipe(upstream);
  }

  #rename = (text: string): string =>
    text.replace(asset, `$1.b${this.build}.$2`).replace(/const build = '(\w+)'/, `const build = '$1-${this.build}'`);
}
