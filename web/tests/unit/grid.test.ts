import { expect, it } from 'vitest';
import { shapeOf } from '../../src/ui/WindowedGrid.tsx';

// A page of this width and height, scrolled to a share of the grid; a frame is scrolled to the same share.
function at(width: number, screen: number, count: number, share: number) {
  const cell = { most: 60, columnMin: 260, rowHeight: 236, gap: 16 };
  const still = shapeOf({ ...cell, width, screen, count, top: 300, frameTop: 300 });
  const height = Math.ceil(count / still.columns) * 252 - 16;
  const inPage = still.frame > 0 ? still.frame : height;
  const frameTop = 300 - Math.max(0, 300 + inPage - screen) * share;
  const top = still.frame > 0 ? frameTop - (height - still.frame) * share : frameTop;
  const shape = shapeOf({ ...cell, width, screen, count, top, frameTop });
  const from = Math.max(0, frameTop);
  const to = Math.min(screen, frameTop + inPage);
  const seen = (y: number) => (y - top) / 252;
  return { shape, first: Math.floor(seen(from)) * shape.columns, last: Math.ceil(seen(to)) * shape.columns };
}

it('draws at most sixty cells, and every visible one, on any screen', () => {
  for (const width of [200, 328, 808, 1168, 2528, 5000]) {
    for (const screen of [480, 900, 2_000, 4_000, 8_000, 20_000]) {
      for (const count of [1, 59, 60, 61, 500, 5_000]) {
        for (const share of [0, 0.13, 0.5, 0.77, 1]) {
          const { shape, first, last } = at(width, screen, count, share);
          const name = `${width}×${screen}, ${count} cells, at ${share}`;
          expect(shape.end - shape.start, name).toBeLessThanOrEqual(60);
          expect(shape.start, name).toBeLessThanOrEqual(first);
          expect(shape.end, name).toBeGreaterThanOrEqual(Math.min(count, last));
        }
      }
    }
  }
});

it('scrolls with the page on every screen of usual height', () => {
  for (const [width, screen] of [
    [328, 740],
    [768, 1_400],
    [1_168, 2_160],
  ] as const) {
    expect(at(width, screen, 5_000, 0.5).shape.frame).toBe(0);
  }
});
