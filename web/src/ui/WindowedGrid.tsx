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
  most?: number; // cells in the document at most, except that one row is always drawn
}

const mostCells = 60;
const beyond = 400; // px drawn beyond the visible part

interface Shape {
  columns: number;
  start: number;
  end: number;
  frame: number; // px, height of the grid's own scroll frame, 0 while it scrolls with the page
}

// A grid of equal cells that scrolls with the page and draws only the visible rows, however many items it has. On a
// screen so tall that it would show more than most cells, the grid gets a scroll frame as high as the rows that may be
// drawn, so that no visible part is blank.
export function WindowedGrid<T>({ items, children, rowHeight, columnMin, gap, label, most = mostCells }: Props<T>) {
  const outer = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [shape, setShape] = useState<Shape>({ columns: 1, start: 0, end: Math.min(items.length, 12), frame: 0 });
  const count = items.length;

  // Before the first paint, so that no cell is seen moving.
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    let asked = 0;
    function measure(): void {
      asked = 0;
      if (!element || !outer.current) return;
      const { top } = element.getBoundingClientRect();
      // The outer width: the scrollbar of a frame must not decide whether there is a frame.
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
    watcher.observe(document.documentElement); // the content above may change its height
    addEventListener('scroll', soon, { passive: true, capture: true }); // also of the frame
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
  top: number; // px, as all below: the grid's top on the screen
  frameTop: number; // top of its container, which differs once the grid has a frame
  width: number;
  screen: number; // height of the screen
  count: number;
  most: number;
  columnMin: number;
  rowHeight: number;
  gap: number;
}

// shapeOf decides which cells are drawn: every visible one, and never more than most.
export function shapeOf({ top, frameTop, width, screen, count, most, columnMin, rowHeight, gap }: Measured): Shape {
  const columns = Math.max(1, Math.floor((width + gap) / (columnMin + gap)));
  const step = rowHeight + gap;
  const rows = Math.ceil(count / columns);
  const rowsMost = Math.max(1, Math.floor(most / columns));
  const tall = Math.ceil((screen + 2 * beyond) / step) + 1; // rows that fill a screen
  const framed = rows > rowsMost && tall > rowsMost;
  // One row may be cut at each edge, and one more is drawn ahead of the next scroll event.
  const frame = framed ? Math.max(1, rowsMost - 3) * step - gap : 0;
  const sight = framed ? [Math.max(0, frameTop), Math.min(screen, frameTop + frame)] : [-beyond, screen + beyond];
  const [from, to] = sight as [number, number];
  // At least one row, so that the grid can be reached by keyboard and screen reader.
  const first = Math.min(rows - 1, Math.max(0, Math.floor((from - top) / step) - (framed ? 1 : 0)));
  const last = Math.min(rows, first + rowsMost, Math.max(first + 1, Math.ceil((to - top) / step) + (framed ? 1 : 0)));
  return { columns, start: Math.max(0, first * columns), end: Math.min(count, last * columns), frame };
}
