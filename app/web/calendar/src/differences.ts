// The days on which the two systems differ: how many there are, and the list, read page by page and anew.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { filterOf } from "./filters";
import { Abandoned, Failure, query } from "./gateway";
import { CountDifferencesDocument, DifferencesDocument, type WorkerFilter } from "./generated";
import type { Loaded } from "./schedule";
import { type Difference, keyOf } from "./settle-plans";
import type { Settling } from "./settle-address";
import { type View, daysOf } from "./view";
import { type Rights, onlyOwnOf } from "./viewer";

/** As the gateway has them at most. */
const MOST_OF_PAGE = 500;
const PAGE = 100;
/** Other days are asked for first when the view changes. */
const AFTER_ROWS_MILLISECONDS = 50;

export interface Differences {
  items: Difference[];
  /** How many there are with this filter; undefined before the first page. */
  total: number | undefined;
  isLoading: boolean;
  failure: Failure | undefined;
  /** Read the next page, if there is one. */
  more: () => void;
  /** Read so many from the first on, and return them. */
  upTo: (count: number) => Promise<Difference[]>;
  retry: () => void;
}

export interface Found {
  /** How many are to be looked at, whatever the list shows; undefined as long as it is not known. */
  count: number | undefined;
  list: Differences;
  /** Read anew: something was settled here. */
  refresh: () => Promise<void>;
}

interface List {
  items: Difference[];
  total: number | undefined;
  isLoading: boolean;
  failure: Failure | undefined;
}

const NOTHING: List = { items: [], total: undefined, isLoading: false, failure: undefined };

/** What differs in the days and of the workers of the view; of a worker who writes only own time off, theirs. */
export function useDifferences(view: View, rights: Rights, { watch, isLoading }: Loaded): Found {
  const [count, setCount] = useState<number>();
  const [list, setList] = useState<List>(NOTHING);
  const { settling } = view;
  const asked = askedBy(view, rights);
  const text = JSON.stringify([asked, settling]);
  /** So many rows are to be shown at least: whoever reads anew meanwhile reads these as well. */
  const wanted = useRef(0);
  const turn = useRef(0);
  const isCounted = rights.reads && rights.writes !== "nobody";

  /** Read the list from its beginning, as far as it is wanted. Of several readings the last one counts. */
  const readList = useCallback(
    async (signal?: AbortSignal): Promise<Difference[]> => {
      const mine = ++turn.current;
      const isLast = () => mine === turn.current;
      if (!settling) {
        setList(NOTHING);
        return [];
      }
      try {
        const read = await readUpTo(asked, settling, Math.max(PAGE, wanted.current), signal);
        if (isLast()) setList((before) => ({ ...NOTHING, ...steady(before, read) }));
        return read.items;
      } catch (fault) {
        if (isLast() && !(fault instanceof Abandoned)) {
          setList((before) => ({ ...before, isLoading: false, failure: Failure.of(fault) }));
        }
        return [];
      }
    },
    [text],
  );
  const readCount = useCallback(
    async (signal?: AbortSignal) => {
      if (!isCounted) return setCount(undefined);
      // The page does without it: where it cannot be read, the door has no number.
      const answer = await query(CountDifferencesDocument, asked, signal).catch(() => undefined);
      if (answer && !signal?.aborted) setCount(answer.discrepancies.totalCount);
    },
    [JSON.stringify(asked), isCounted],
  );
  useEffect(() => setCount(undefined), [readCount]);
  useEffect(() => {
    // The rows come first: to compare everybody's days takes a while where there are many.
    if (isLoading) return undefined;
    const leaving = new AbortController();
    const timer = setTimeout(() => void readCount(leaving.signal), AFTER_ROWS_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [readCount, isLoading]);
  useEffect(() => {
    const leaving = new AbortController();
    wanted.current = 0;
    setList({ ...NOTHING, isLoading: settling !== undefined });
    void readList(leaving.signal);
    return () => leaving.abort();
  }, [readList]);
  const refresh = useCallback(async () => {
    await Promise.all([readCount(), readList()]);
  }, [readCount, readList]);
  useEffect(() => watch(() => void refresh()), [refresh]);

  const upTo = (least: number) => {
    wanted.current = Math.max(wanted.current, least);
    return readList();
  };
  const more = () => {
    if (list.isLoading || list.total === undefined || list.items.length >= list.total) return;
    setList((before) => ({ ...before, isLoading: true }));
    void upTo(list.items.length + PAGE);
  };
  const retry = () => {
    setList((before) => ({ ...before, isLoading: true, failure: undefined }));
    void refresh();
  };
  return { count, list: { ...list, more, upTo, retry }, refresh };
}

/** What is as it was stays the same object, so that its row need not be drawn anew. */
function steady({ items }: List, read: { items: Difference[]; total: number }): { items: Difference[]; total: number } {
  const before = new Map(items.map((item) => [keyOf(item), item]));
  const kept = read.items.map((item) => {
    const known = before.get(keyOf(item));
    return known && JSON.stringify(known) === JSON.stringify(item) ? known : item;
  });
  return { ...read, items: kept };
}

interface Asked {
  from: string;
  to: string;
  filter: WorkerFilter;
}

function askedBy(view: View, rights: Rights): Asked {
  const { first, last } = daysOf(view);
  const own = onlyOwnOf(rights);
  return { from: first, to: last, filter: { ...filterOf(view), ...(own && { workerIds: [own.id] }) } };
}

async function readUpTo(asked: Asked, { kind, withStaying }: Settling, least: number, signal?: AbortSignal) {
  const items: Difference[] = [];
  let total = 0;
  let after: string | null = null;
  const filters = { kinds: kind ? [kind] : null, acknowledged: withStaying ? null : false };
  do {
    const first = Math.min(MOST_OF_PAGE, least - items.length);
    const page: { totalCount: number; pageInfo: { hasNextPage: boolean; endCursor: string | null }; nodes: Difference[] } = (
      await query(DifferencesDocument, { ...asked, ...filters, first, after }, signal)
    ).discrepancies;
    items.push(...page.nodes);
    total = page.totalCount;
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null && items.length < least);
  return { items, total };
}
