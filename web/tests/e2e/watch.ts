import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { freeTcp } from './server.ts';

// WebKitGTK keeps its console to itself while a driver holds it, and the protocol has no place for it. So its page
// comes through here, where one script goes ahead of the app's, as its policy allows, and hands over what goes
// wrong, from the first line on.
const script = `
  const say = (what) => navigator.sendBeacon('/seen', what);
  addEventListener('error', ({ message }) => say('error: ' + message));
  addEventListener('unhandledrejection', ({ reason }) => say('rejection: ' + reason));
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
    say('policy: ' + [violatedDirective, blockedURI, sample].join(' ')),
  );
`;

export class Watch {
  url = '';
  target = ''; // the server behind it
  readonly seen: string[] = [];
  readonly #server = createServer((asked, answer) => this.#pass(asked, answer));

  async start(): Promise<void> {
    const port = await freeTcp();
    this.url = `http://127.0.0.1:${port}`;
    this.#server.on('upgrade', (asked, socket, head) => {
      const there = connect(Number(new URL(this.target).port), '127.0.0.1');
      const lines = [`GET ${asked.url} HTTP/1.1`];
      for (let at = 0; at < asked.rawHeaders.length; at += 2) lines.push(asked.rawHeaders.slice(at, at + 2).join(': '));
      there.write(`${lines.join('\r\n')}\r\n\r\n`);
      there.write(head);
      socket.pipe(there).pipe(socket);
      for (const one of [socket, there]) one.on('error', () => [socket, there].map((end) => end.destroy()));
    });
    await new Promise<void>((done) => this.#server.listen(port, '127.0.0.1', done));
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    if (asked.url === '/seen') {
      asked.on('data', (part) => this.seen.push(String(part))).on('end', () => answer.end());
      return;
    }
    if (asked.url === '/ahead.js') {
      answer.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script);
      return;
    }
    if (!this.target) {
      answer.writeHead(503).end(); // the server looks at its own public address while it starts
      return;
    }
    const { 'accept-encoding': _, ...headers } = asked.headers;
    const onward = request(this.target + asked.url, { method: asked.method, headers }, (from) => {
      if (!from.headers['content-type']?.startsWith('text/html')) {
        from.pipe(answer.writeHead(from.statusCode ?? 502, from.headers));
        return;
      }
      const parts: Buffer[] = [];
      const { 'content-length': _, ...rest } = from.headers;
      from.on('data', (part) => parts.push(part));
      from.on('end', () => {
        const page = String(Buffer.concat(parts)).replace('<head>', '<head><script src="/ahead.js"></script>');
        answer.writeHead(from.statusCode ?? 502, rest).end(page);
      });
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  }
}
