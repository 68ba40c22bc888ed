import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import css from './WindowedGrid.module.css';

interface Props<T> {
  items: readonly T[];
  children: (item: T, index: number) => ComponentChildren; // one <li>, of exactly this height
  rowHeight: number; // px
  columnMin: number; // px
  gap: number; // px
  label: string;
  most?: number; // cells in the document, whatever is in sight; a single row may be wider
}

const mostCells = 60;
const beyond = 400; // px drawn outside of what is in sight

interface Shape {
  columns: number;
  start: number;
  end: number;
  frame: number; // px of the grid's own scroller, 0 while it flows with the page
}

// A grid of equal cells that flows with the page and draws only the rows in sight, whatever its number of items. Where
// the screen is so tall that it would show more than the most, the grid becomes a frame of as many rows as may be drawn
// and scrolls in itself, so that nothing in sight is blank.
export function WindowedGrid<T>({ items, children, rowHeight, columnMin, gap, label, most = mostCells }: Props<T>) {
  const outer = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [shape, setShape] = useState<Shape>({ columns: 1, start: 0, end: Math.min(items.length, 12), frame: 0 });
  const count = items.length;

  // Before the first paint, so that no card is seen at a place that it then leaves.
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    let asked = 0;
    function measure(): void {
      asked = 0;
      if (!element || !outer.current) return;
      const { top } = element.getBoundingClientRect();
      // The outer width: a frame's own scrollbar must not decide whether there is a frame.
      const { top: frameTop, width } = outer.current.getBoundingClientRect();
      const next = shapeOf({ top, frameTop, width, screen: innerHeight, count, most, columnMin, rowHeight, gap });
      setShape((was) => ((Object.keys(next) as (keyof Shape)[]).every((key) => was[key] === next[key]) ? was : next));
    }
    const soon = () => {
      asked ||= requestAnimationFrame(measure);
    };
    measure();
    const watcher = new ResizeObserver(soon);
    if (outer.current) watcher.observe(outer.current);
    watcher.observe(document.documentElement); // what stands above may grow
    addEventListener('scroll', soon, { passive: true, capture: true }); // the frame's own, too
    addEventListener('resize', soon);
    return () => {
      cancelAnimationFrame(asked);
      watcher.disconnect();
      removeEventListener('scroll', soon, { capture: true });
      removeEventListener('resize', soon);
    };
  }, [count, most, rowHeight, columnMin, gap]);

  const { columns, start, frame } = shape;
  const end = Math.min(count, shape.end);
  const rows = Math.ceil(count / columns);
  const step = rowHeight + gap;
  return (
    <div ref={outer} class={frame > 0 ? css.frame : ''} style={{ blockSize: frame > 0 ? `${frame}px` : 'auto' }}>
      <ul
        ref={list}
        class={css.grid}
        aria-label={label}
        style={{
          gap: `${gap}px`,
          gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
          gridAutoRows: `${rowHeight}px`,
          blockSize: `${Math.max(0, rows * step - gap)}px`,
          paddingBlockStart: `${Math.floor(start / columns) * step}px`,
        }}
      >
        {items.slice(start, end).map((item, index) => children(item, start + index))}
      </ul>
    </div>
  );
}

interface Measured {
  top: number; // of the grid, against the screen, all px
  frameTop: number; // of what holds it: another place once it scrolls in itself
  width: number;
  screen: number; // its height
  count: number;
  most: number;
  columnMin: number;
  rowHeight: number;
  gap: number;
}

// shapeOf says which cells are drawn: never more than the most, and every one that is in sight.
export function shapeOf({ top, frameTop, width, screen, count, most, columnMin, rowHeight, gap }: Measured): Shape {
  const columns = Math.max(1, Math.floor((width + gap) / (columnMin + gap)));
  const step = rowHeight + gap;
  const rows = Math.ceil(count / columns);
  const rowsMost = Math.max(1, Math.floor(most / columns));
  const tall = Math.ceil((screen + 2 * beyond) / step) + 1; // rows that a full screen needs
  const framed = rows > rowsMost && tall > rowsMost;
  // One row is cut at either edge, and one is there before the next event of a scroll.
  const frame = framed ? Math.max(1, rowsMost - 3) * step - gap : 0;
  const sight = framed ? [Math.max(0, frameTop), Math.min(screen, frameTop + frame)] : [-beyond, screen + beyond];
  const [from, to] = sight as [number, number];
  // One row at least, so that whoever goes by keyboard or by ear gets in.
  const first = Math.min(rows - 1, Math.max(0, Math.floor((from - top) / step) - (framed ? 1 : 0)));
  const last = Math.min(rows, first + rowsMost, Math.max(first + 1, Math.ceil((to - top) / step) + (framed ? 1 : 0)));
  return { columns, start: Math.max(0, first * columns), end: Math.min(count, last * columns), frame };
}
