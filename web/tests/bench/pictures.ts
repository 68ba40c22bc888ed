import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

export interface Pictures {
  url: string; // each path below it is the same picture, and another one to the browser
  bytes: number;
  close(): void;
}

// servePictures is somebody else's server of pictures: https, as the app wants it, with a certificate that nobody
// signed.
export async function servePictures(): Promise<Pictures> {
  const folder = mkdtempSync(join(tmpdir(), 'nests-pictures-'));
  const [keyFile, certFile] = [join(folder, 'key'), join(folder, 'cert')];
  const ask = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=pictures -keyout ${keyFile} -out ${certFile}`;
  execFileSync('openssl', ask.split(' '), { stdio: 'ignore' });
  const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)];
  rmSync(folder, { recursive: true });
  const picture = png(640, 360);
  const server = createServer({ key, cert }, (_, answer) => {
    answer.writeHead(200, { 'Content-Type': 'image/png', 'Cache-Control': 'max-age=3600' }).end(picture);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: picture.length,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

// png is grey noise of four values, so that it is as heavy as a photograph of that size: some 60 kB.
function png(width: number, height: number): Buffer {
  const row = 1 + width / 4;
  const pixels = randomFillSync(Buffer.alloc(row * height));
  for (let line = 0; line < height; line++) pixels[line * row] = 0; // no filter
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 2; // bits a pixel
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(data.length, 0);
  around.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)]);
}
