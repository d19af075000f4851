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
  /** Read as much as is there anew, as after a change. */
  again: () => Promise<void>;
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
  const key = JSON.stringify(wanted);

  const read = async (have: number, after: string | null, before: Item[]) => {
    leaving.current.abort();
    const { signal } = (leaving.current = new AbortController());
    setLoading(true);
    try {
      let page: ListPage<Item>;
      const items = [...before];
      let cursor = after;
      do {
        const variables = { ...wanted, first: PAGE, after: cursor } as Variables;
        page = pick(await query(document, variables, signal));
        items.push(...page.nodes);
        cursor = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      } while (cursor && items.length < have);
      setState({ items, total: page.totalCount, failure: undefined, end: cursor });
    } catch (fault) {
      if (signal.aborted) return;
      setState((known) => ({ ...known, failure: Failure.of(fault) }));
    }
    if (!signal.aborted) setLoading(false);
  };
  useEffect(() => {
    setState(EMPTY);
    void read(0, null, []);
    return () => leaving.current.abort();
  }, [key]);
  return {
    ...state,
    isLoading,
    hasMore: state.end !== null,
    more: () => void read(0, state.end, state.items),
    again: () => read(state.items.length, null, []),
  };
}

const EMPTY = { items: [], total: undefined, failure: undefined, end: null };
