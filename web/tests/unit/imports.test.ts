import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const features = join(import.meta.dirname, '..', '..', 'src', 'features');

// Biome finds circles between files (noImportCycles). Features can form one although their files do not.
it('features import each other in one direction only', () => {
  const imports = new Map(readdirSync(features).map((feature) => [feature, importedBy(feature)]));
  expect(imports.size).toBeGreaterThan(10);
  expect(circles(imports)).toEqual([]);
});

it('a circle of features is reported once, with its members', () => {
  const imports = new Map([
    ['chat', ['nest']],
    ['nest', ['lists', 'session']],
    ['lists', ['nest']],
    ['session', []],
  ]);
  expect(circles(imports)).toEqual(['lists nest']);
});

function importedBy(feature: string): string[] {
  const files = readdirSync(join(features, feature), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  return files.flatMap((file) => {
    const source = readFileSync(join(features, feature, file), 'utf8');
    return [...source.matchAll(/'(?:\.\.\/)+(?:features\/)?([a-z]+)\/[\w./]+\.tsx?'/g)].map(([, name = '']) => name);
  });
}

// circles lists the groups of features of which each imports all others, directly or through another.
function circles(imports: Map<string, string[]>): string[] {
  const reachable = new Map([...imports.keys()].map((from) => [from, reach(imports, from)]));
  const groups = [...reachable].map(([from, reached]) =>
    [...reached].filter((to) => reachable.get(to)?.has(from)).sort(),
  );
  return [...new Set(groups.map((group) => group.join(' ')))].filter((group) => group !== '');
}

function reach(imports: Map<string, string[]>, from: string): Set<string> {
  const reached = new Set<string>();
  const pending = [from];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const to of imports.get(next) ?? []) {
      if (reached.has(to)) continue;
      reached.add(to);
      pending.push(to);
    }
  }
  return reached;
}
