// TanStack's virtualizer as a hook: only the rows in sight are in the page.

import {
  type VirtualItem,
  Virtualizer,
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";

export interface Wanted {
  scroller: RefObject<HTMLElement | null>;
  count: number;
  rowHeight: number;
  /** How much above the rows takes room in the scroller. */
  headHeight: number;
  /** A row that stays in the page wherever it is, because it has the focus. */
  always: number;
}

export interface Rows {
  items: VirtualItem[];
  height: number;
  scrollTo: (row: number) => void;
}

export function useVirtualRows({ scroller, count, rowHeight, headHeight, always }: Wanted): Rows {
  const [, render] = useReducer<number, void>((turn) => turn + 1, 0);
  const options = {
    count,
    overscan: 6,
    estimateSize: () => rowHeight,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    getScrollElement: () => scroller.current,
    observeElementOffset,
    observeElementRect,
    scrollToFn: elementScroll<HTMLElement>,
    rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => {
      const rows = defaultRangeExtractor(range);
      return always < count && !rows.includes(always) ? [...rows, always].sort((a, b) => a - b) : rows;
    },
    onChange: () => render(),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => virtualizer.measure(), [rowHeight, headHeight]);
  return {
    items: virtualizer.getVirtualItems(),
    height: virtualizer.getTotalSize(),
    scrollTo: (row) => virtualizer.scrollToIndex(row),
  };
}

interface Steady {
  scroller: RefObject<HTMLElement | null>;
  rowHeight: number;
  /** What the rows are by name, in their order. */
  names: string[];
  /** Of what they are: with others there is nothing to keep. */
  of: string;
  /** Told where each row is now that was at a place before; -1 of one that is gone. */
  onMoved: (placeOf: (before: number) => number) => void;
}

/** Rows in sight stay where they are when others come and go above them. */
export function useSteadyRows({ scroller, rowHeight, names, of, onMoved }: Steady): void {
  const before = useRef({ names, of });
  useLayoutEffect(() => {
    const old = before.current;
    before.current = { names, of };
    if (old.of !== of || old.names.join() === names.join()) return;
    const places = new Map(names.map((name, place) => [name, place]));
    const placeOf = (place: number) => places.get(old.names[place] ?? "") ?? -1;
    onMoved(placeOf);
    const top = Math.floor((scroller.current?.scrollTop ?? 0) / rowHeight);
    const first = old.names.findIndex((_, place) => place >= top && placeOf(place) >= 0);
    if (scroller.current && top > 0 && first >= 0) scroller.current.scrollTop += (placeOf(first) - first) * rowHeight;
  }, [names]);
}
