import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import css from './WindowedList.module.css';

interface Props<T> {
  items: readonly T[];
  keyOf: (item: T) => string;
  children: (item: T, index: number) => ComponentChildren; // the row's content
  label: string;
  onTop: () => void; // the first row is near: time to load earlier ones
  onEnd: (is: boolean) => void; // whether the last row is visible
  go: { key: string | null } | null; // scrolls there whenever it changes; a null key is the end
}

const most = 60; // rows in the document at most
const beyond = 300; // px drawn beyond the visible part
const guess = 64; // px, assumed height of a row that was never drawn
const near = 32; // px from the end that count as the end

// A list of any length that draws only the visible rows and keeps its scroll position: at the end while rows are added,
// or at the same row while rows before it are added, removed or measured. Rows stand between two spacers. Their heights
// are known once they were drawn.
export function WindowedList<T>({ items, keyOf, children, label, onTop, onEnd, go }: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<[number, number]>([Math.max(0, items.length - 20), items.length]);
  const heights = useRef(new Map<string, number>());
  // The end, or the row at the upper edge and how far it extends above it.
  const anchor = useRef<'end' | { key: string; above: number }>('end');
  const width = useRef(0);
  const atEnd = useRef<boolean | null>(null);
  // The rows in the document and the scroll position after the last drawing; null while the list is hidden.
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

  // drawAround renders the rows around a position.
  function drawAround(tops: number[], top: number, inSight: number): void {
    const start = Math.max(0, Math.min(rowAt(tops, top - beyond), items.length - 1));
    const end = Math.min(items.length, rowAt(tops, top + inSight + beyond) + 1, start + most);
    if (range[0] !== start || range[1] !== end) setRange([start, end]);
  }

  function reportEnd(element: HTMLElement, tops: number[]): void {
    const is = (tops[items.length] ?? 0) - element.scrollTop - element.clientHeight <= near;
    if (is !== atEnd.current) {
      atEnd.current = is;
      onEnd(is);
    }
  }

  // measure reads the heights of the drawn rows, which may have changed.
  function measure(element: HTMLElement): void {
    for (const row of (element.children[1] as HTMLElement).children as unknown as Iterable<HTMLElement>) {
      heights.current.set(row.dataset.key ?? '', row.getBoundingClientRect().height);
    }
  }

  // hold remembers the scroll position relative to the rows in the document.
  function hold(element: HTMLElement): number[] {
    const there = laid.current?.items ?? items;
    measure(element);
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
    drawAround(tops, element.scrollTop, element.clientHeight);
    reportEnd(element, tops);
    askForMore(element);
  }

  function askForMore(element: HTMLElement): void {
    if (element.scrollTop < 400) onTop();
  }

  // A scroll takes effect at once, but its event comes with the next frame. A drawing in between reads the scroll
  // position here, while the document is unchanged.
  const before = scroller.current;
  if (before && laid.current && before.clientHeight > 0 && Math.abs(before.scrollTop - laid.current.top) > 0.5)
    hold(before);

  // After every drawing: measure the rows, set the spacers, restore the scroll position.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (element.clientHeight === 0) {
      laid.current = null; // some browsers lose the scroll position of a hidden list
      return;
    }
    if (width.current !== element.clientWidth) {
      width.current = element.clientWidth;
      heights.current.clear();
    }
    const [above, , below] = element.children as unknown as [HTMLElement, HTMLElement, HTMLElement];
    measure(element);
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
    drawAround(tops, top, element.clientHeight);
    reportEnd(element, tops);
    askForMore(element); // a list that is at the top sends no more scroll events
  });

  // An opened sheet or a turned phone: the same rows in another size.
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
