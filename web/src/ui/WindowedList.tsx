import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import css from './WindowedList.module.css';

interface Props<T> {
  items: readonly T[];
  keyOf: (item: T) => string;
  children: (item: T, index: number) => ComponentChildren; // the row's content
  label: string;
  onTop: () => void; // the first row is near: time to load what is before it
  onEnd: (is: boolean) => void; // whether the last row is in sight
  go: { key: string | null } | null; // where to scroll, null being the end, each time it is another value
}

const most = 60; // rows in the document, whatever the list holds
const beyond = 300; // px drawn outside of what is in sight
const guess = 64; // px of a row that was never drawn
const near = 32; // px from the end that still count as the end

// A list of any length that draws only what is in sight, and stays where its reader is: at the end while new rows come,
// or at the same row while rows are added before, removed or measured. Rows are in the flow between two spacers; their
// heights are known once they were drawn.
export function WindowedList<T>({ items, keyOf, children, label, onTop, onEnd, go }: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<[number, number]>([Math.max(0, items.length - 20), items.length]);
  const heights = useRef(new Map<string, number>());
  // The end, or the row at the upper edge and how far it reaches above it.
  const anchor = useRef<'end' | { key: string; above: number }>('end');
  const width = useRef(0);
  const atEnd = useRef<boolean | null>(null);
  // What the document holds, and where the last drawing left its reader; null while it is hidden.
  const laid = useRef<{ items: readonly T[]; top: number } | null>(null);

  const height = (item: T): number => heights.current.get(keyOf(item)) ?? guess;

  function offsets(of = items): number[] {
    const tops = [0];
    for (const [index, item] of of.entries()) tops.push((tops[index] ?? 0) + height(item));
    return tops;
  }

  function rowAt(tops: number[], y: number): number {
    let [low, high] = [0, tops.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle + 1] ?? 0) > y) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  // look draws what is around a place in the list.
  function look(tops: number[], top: number, inSight: number): void {
    const start = Math.max(0, Math.min(rowAt(tops, top - beyond), items.length - 1));
    const end = Math.min(items.length, rowAt(tops, top + inSight + beyond) + 1, start + most);
    if (range[0] !== start || range[1] !== end) setRange([start, end]);
  }

  function tell(element: HTMLElement, tops: number[]): void {
    const is = (tops[items.length] ?? 0) - element.scrollTop - element.clientHeight <= near;
    if (is !== atEnd.current) {
      atEnd.current = is;
      onEnd(is);
    }
  }

  // learn takes the heights of the rows that are drawn: a row may have grown by itself.
  function learn(element: HTMLElement): void {
    for (const row of (element.children[1] as HTMLElement).children as unknown as Iterable<HTMLElement>) {
      heights.current.set(row.dataset.key ?? '', row.getBoundingClientRect().height);
    }
  }

  // hold keeps what the reader sees now, by the rows that are in the document now.
  function hold(element: HTMLElement): number[] {
    const there = laid.current?.items ?? items;
    learn(element);
    const tops = offsets(there);
    const { scrollTop, clientHeight } = element;
    const first = rowAt(tops, scrollTop);
    const item = there[first];
    anchor.current =
      (tops[there.length] ?? 0) - scrollTop - clientHeight <= near || !item
        ? 'end'
        : { key: keyOf(item), above: scrollTop - (tops[first] ?? 0) };
    if (laid.current) laid.current.top = scrollTop;
    return tops;
  }

  function scrolled(): void {
    const element = scroller.current;
    if (!element || element.clientHeight === 0) return;
    const tops = hold(element);
    look(tops, element.scrollTop, element.clientHeight);
    tell(element, tops);
    askForMore(element);
  }

  function askForMore(element: HTMLElement): void {
    if (element.scrollTop < 400) onTop();
  }

  // A scroll moves the reader at once, but its event comes with the next frame: a drawing in between asks here where he
  // is, while the document is still as he saw it.
  const before = scroller.current;
  if (before && laid.current && before.clientHeight > 0 && Math.abs(before.scrollTop - laid.current.top) > 0.5)
    hold(before);

  // After every drawing: learn the heights, set the spacers, put the reader back to where he was.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (element.clientHeight === 0) {
      laid.current = null; // some browsers forget how far a hidden list was scrolled
      return;
    }
    if (width.current !== element.clientWidth) {
      width.current = element.clientWidth;
      heights.current.clear();
    }
    const [above, , below] = element.children as unknown as [HTMLElement, HTMLElement, HTMLElement];
    learn(element);
    const tops = offsets();
    const total = tops[items.length] ?? 0;
    const [start, end] = [Math.min(range[0], items.length), Math.min(range[1], items.length)];
    above.style.blockSize = `${tops[start] ?? 0}px`;
    below.style.blockSize = `${total - (tops[end] ?? 0)}px`;
    const held = anchor.current;
    const index = held === 'end' ? -1 : items.findIndex((item) => keyOf(item) === held.key);
    const top =
      held === 'end' || index < 0
        ? Math.max(0, total - element.clientHeight)
        : (tops[index] ?? 0) + Math.min(held.above, height(items[index] as T));
    if (Math.abs(element.scrollTop - top) > 0.5) element.scrollTop = top;
    laid.current = { items, top: element.scrollTop };
    look(tops, top, element.clientHeight);
    tell(element, tops);
    askForMore(element); // who already stands at the top scrolls no more
  });

  // A sheet that opens, a phone that turns: the same rows in another size.
  const [, draw] = useState(0);
  useEffect(() => {
    const watcher = new ResizeObserver(() => draw((n) => n + 1));
    if (scroller.current) watcher.observe(scroller.current);
    return () => watcher.disconnect();
  }, []);

  useLayoutEffect(() => {
    if (go === null) return;
    anchor.current = go.key === null ? 'end' : { key: go.key, above: -24 };
    draw((n) => n + 1);
  }, [go]);

  const drawn = items.slice(range[0], range[1]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard, too
    <div ref={scroller} class={css.scroller} onScroll={scrolled} tabIndex={0}>
      <div aria-hidden="true" />
      <ol class={css.rows} aria-label={label}>
        {drawn.map((item, index) => (
          <li
            key={keyOf(item)}
            data-key={keyOf(item)}
            aria-posinset={range[0] + index + 1}
            aria-setsize={items.length}
            class={css.row}
          >
            {children(item, range[0] + index)}
          </li>
        ))}
      </ol>
      <div aria-hidden="true" />
    </div>
  );
}
