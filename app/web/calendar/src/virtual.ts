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
import { useLayoutEffect, useReducer, useState } from "preact/hooks";

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
