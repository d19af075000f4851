// A list of the gateway's, a page after the other, read anew when something was changed.

import type { TypedDocumentNode } from "@urql/core";
import { useEffect, useRef, useState } from "preact/hooks";
import { Failure, query } from "../gateway";

const PAGE = 100;

export interface ListPage<Item> {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  nodes: Item[];
}

export interface List<Item> {
  items: Item[];
  /** Undefined until the first page is there. */
  total: number | undefined;
  isLoading: boolean;
  failure: Failure | undefined;
  hasMore: boolean;
  more: () => void;
  /**
   * Read as much as is there anew, as after a change. Quietly, as when others have changed it, it shows no sign of
   * that, and throws what went wrong instead of showing it.
   */
  again: (how?: { isQuiet: boolean }) => Promise<void>;
}

/** The list by these variables; `pick` finds it in the answer. */
export function useList<Data, Item, Variables extends { first: number; after?: string | null | undefined }>(
  document: TypedDocumentNode<Data, Variables>,
  wanted: Omit<Variables, "first" | "after">,
  pick: (data: Data) => ListPage<Item>,
): List<Item> {
  const [state, setState] = useState<Pick<List<Item>, "items" | "total" | "failure"> & { end: string | null }>(EMPTY);
  const [isLoading, setLoading] = useState(true);
  const leaving = useRef(new AbortController());
  /** So many are to be shown at least, also by whoever reads anew while more are on their way. */
  const least = useRef(0);
  const isReading = useRef(false);
  const key = JSON.stringify(wanted);

  const read = async (after: string | null, before: Item[], isQuiet = false) => {
    leaving.current.abort();
    const { signal } = (leaving.current = new AbortController());
    isReading.current = true;
    if (!isQuiet) setLoading(true);
    try {
      let page: ListPage<Item>;
      const items = [...before];
      let cursor = after;
      do {
        const variables = { ...wanted, first: PAGE, after: cursor } as Variables;
        page = pick(await query(document, variables, signal));
        items.push(...page.nodes);
        cursor = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      } while (cursor && items.length < least.current);
      setState({ items, total: page.totalCount, failure: undefined, end: cursor });
    } catch (fault) {
      if (signal.aborted) return;
      if (!isQuiet) setState((known) => ({ ...known, failure: Failure.of(fault) }));
      else throw fault;
    } finally {
      if (!signal.aborted) {
        isReading.current = false;
        setLoading(false);
      }
    }
  };
  useEffect(() => {
    setState(EMPTY);
    least.current = 0;
    void read(null, []);
    return () => leaving.current.abort();
  }, [key]);
  return {
    ...state,
    isLoading,
    hasMore: state.end !== null,
    more: () => {
      least.current = state.items.length + PAGE;
      // What is being read anew may not be as these are any more.
      void (isReading.current ? read(null, []) : read(state.end, state.items));
    },
    again: ({ isQuiet } = { isQuiet: false }) => {
      least.current = Math.max(least.current, state.items.length);
      return read(null, [], isQuiet);
    },
  };
}

const EMPTY = { items: [], total: undefined, failure: undefined, end: null };
