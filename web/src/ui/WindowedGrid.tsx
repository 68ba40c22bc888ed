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
}

const beyond = 400; // px drawn outside of what is in sight

interface Shape {
  columns: number;
  start: number;
  end: number;
}

// A grid of equal cells that flows with the page and draws only the rows in sight, whatever its number of items.
export function WindowedGrid<T>({ items, children, rowHeight, columnMin, gap, label }: Props<T>) {
  const list = useRef<HTMLUListElement>(null);
  const [shape, setShape] = useState<Shape>({ columns: 1, start: 0, end: Math.min(items.length, 12) });
  const count = items.length;

  // Before the first paint, so that no card is seen at a place that it then leaves.
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    let asked = 0;
    function measure(): void {
      asked = 0;
      if (!element) return;
      const { top, width } = element.getBoundingClientRect();
      const columns = Math.max(1, Math.floor((width + gap) / (columnMin + gap)));
      const step = rowHeight + gap;
      const rows = Math.ceil(count / columns);
      // One row at least, so that whoever goes by keyboard or by ear gets in.
      const first = Math.min(rows - 1, Math.max(0, Math.floor((-top - beyond) / step)));
      const last = Math.min(rows, Math.max(first + 1, Math.ceil((innerHeight - top + beyond) / step)));
      const next = { columns, start: first * columns, end: Math.min(count, last * columns) };
      setShape((was) =>
        was.columns === next.columns && was.start === next.start && was.end === next.end ? was : next,
      );
    }
    const soon = () => {
      asked ||= requestAnimationFrame(measure);
    };
    measure();
    const watcher = new ResizeObserver(soon);
    watcher.observe(element);
    watcher.observe(document.documentElement); // what stands above may grow
    addEventListener('scroll', soon, { passive: true });
    addEventListener('resize', soon);
    return () => {
      cancelAnimationFrame(asked);
      watcher.disconnect();
      removeEventListener('scroll', soon);
      removeEventListener('resize', soon);
    };
  }, [count, rowHeight, columnMin, gap]);

  const { columns, start } = shape;
  const end = Math.min(count, shape.end);
  const rows = Math.ceil(count / columns);
  const step = rowHeight + gap;
  return (
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
  );
}
