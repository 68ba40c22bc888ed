// Writes into the service worker the id of the build and the files that the page needs without a network: all
// except the media client, which needs a network.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const dist = join(import.meta.dirname, '..', 'dist');
const assets = readdirSync(join(dist, 'assets')).filter((name) => !name.startsWith('livekit'));
const files = ['/icon.svg', ...assets.sort().map((name) => `/assets/${name}`)];
const hash = createHash('sha256');
for (const file of ['/index.html', ...files]) hash.update(file).update(readFileSync(join(dist, file)));

const path = join(dist, 'sw.js');
const source = readFileSync(path, 'utf8');
const built = source
  .replace("const build = '';", `const build = '${hash.digest('hex').slice(0, 12)}';`)
  .replace('const files = [];', `const files = ${JSON.stringify(files)};`);
if (built.split('\n').filter((line, n) => line !== source.split('\n')[n]).length !== 2)
  throw new Error('sw.js has no constants for the build');
writeFileSync(path, built);
