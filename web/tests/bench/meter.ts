import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CDPSession, Page } from '@playwright/test';

// A phone of the middle class on 4G, and what a page does to it.
const network = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const slower = 4; // times this machine's CPU

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number } }[];
  samples: number[];
  timeDeltas: number[]; // µs
}

// What a source map says of a place; parts of a build come from no source.
interface Original {
  originalSource: string;
  originalLine: number;
  name: string;
}

interface Seen {
  frames: number[];
  tasks: number[];
}

export interface Meter {
  report(name: string, waited: Record<string, number>): Promise<void>;
}

// throttle slows a page down and meters it from then on.
export async function throttle(page: Page): Promise<Meter> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', network);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower });
  const bytes = await transferred(cdp);
  await page.addInitScript(watch);
  await page.evaluate(watch).catch(() => undefined); // a page that is there already
  await cdp.send('Profiler.enable');
  await cdp.send('Profiler.setSamplingInterval', { interval: 500 });
  await cdp.send('Profiler.start');
  return {
    report: async (name, waited) => {
      const { profile } = (await cdp.send('Profiler.stop')) as { profile: Profile };
      const { frames, tasks } = await page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);
      const lines = [
        `\n${name}, 4G and CPU ${slower}× slower`,
        ...Object.entries(waited).map(([what, ms]) => row(what, `${Math.round(ms)} ms`)),
        ...Object.entries(bytes).map(([kind, size]) => row(`${kind}, transferred`, `${(size / 1024).toFixed(1)} kB`)),
        row('transferred in all', `${(Object.values(bytes).reduce((sum, n) => sum + n, 0) / 1024).toFixed(1)} kB`),
        row('frames: median, p95, longest', `${[0.5, 0.95, 1].map((share) => at(frames, share)).join(', ')} ms`),
        row('long tasks: number, sum', `${tasks.length}, ${Math.round(tasks.reduce((sum, ms) => sum + ms, 0))} ms`),
        row(
          'longest of them',
          `${tasks
            .sort((a, b) => b - a)
            .slice(0, 5)
            .map(Math.round)
            .join(', ')} ms`,
        ),
        'functions of the app by their own time',
        ...longest(profile).map(([where, ms]) => row(where, `${Math.round(ms)} ms`)),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    },
  };
}

const row = (what: string, value: string) => `  ${what.padEnd(64)} ${value}`;

const at = (times: number[], share: number): string => {
  const sorted = times.toSorted((a, b) => a - b);
  return (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(1);
};

function watch(): void {
  const seen: Seen = { frames: [], tasks: [] };
  Object.assign(globalThis, { seen });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.tasks.push(duration);
  }).observe({ type: 'longtask' });
  let last = 0;
  requestAnimationFrame(function next(now) {
    if (last > 0) seen.frames.push(now - last);
    last = now;
    requestAnimationFrame(next);
  });
}

// transferred adds up what comes over the network, headers and compression as they are, by kind.
async function transferred(cdp: CDPSession): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  const kinds = new Map<string, string>();
  cdp.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? 'Other';
    sums[kind] = (sums[kind] ?? 0) + encodedDataLength;
  });
  return sums;
}

// longest are the ten functions that ran longest themselves, as the sources name them.
function longest({ nodes, samples, timeDeltas }: Profile): [string, number][] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  const named = sources();
  samples.forEach((id, index) => {
    const frame = frames.get(id);
    if (!frame || !/^https?:/.test(frame.url)) return; // the browser's own, and what measures
    const where = named(frame);
    times.set(where, (times.get(where) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  });
  return [...times].sort(([, a], [, b]) => b - a).slice(0, 10);
}

// sources names functions of the minified build by a second one of the same sources, which has the maps.
function sources(): (frame: Profile['nodes'][number]['callFrame']) => string {
  const folder = mkdtempSync(join(tmpdir(), 'nests-maps-'));
  const web = join(import.meta.dirname, '..', '..');
  execFileSync('npx', ['vite', 'build', '--sourcemap', 'hidden', '--outDir', folder, '--logLevel', 'error'], {
    cwd: web,
  });
  const assets = join(folder, 'assets');
  const maps = new Map(
    readdirSync(assets)
      .filter((file) => file.endsWith('.map'))
      .map((file) => [file.replace(/\.map$/, ''), new SourceMap(JSON.parse(readFileSync(join(assets, file), 'utf8')))]),
  );
  rmSync(folder, { recursive: true, force: true });
  return ({ functionName, url, lineNumber, columnNumber }) => {
    const file = url.split('/').at(-1) ?? '';
    const entry = maps.get(file)?.findEntry(lineNumber, columnNumber) as Partial<Original> | undefined;
    if (!entry?.originalSource) return `${functionName || '(anonymous)'} ${file}`.trim();
    const source = entry.originalSource.replace(/^.*\/(src|node_modules)\//, '');
    return `${entry.name || functionName || '(anonymous)'} ${source}:${(entry.originalLine ?? 0) + 1}`;
  };
}
