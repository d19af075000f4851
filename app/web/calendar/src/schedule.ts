// The rows of the calendar: loaded page by page, shown as they come, and read anew where they have changed.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { joined } from "./bars";
import { type Day, daysBetween, daysFrom } from "./days";
import { filterOf } from "./filters";
import { Abandoned, Failure, SIGNED_OUT, query } from "./gateway";
import { type RowWorkerFragment, ScheduleDocument, type ScheduleQuery, type WorkerFilter } from "./generated";
import { type Cell, toCell } from "./kinds";
import { type News, Rereading } from "./rereading";
import { type View, daysOf } from "./view";

/** The gateway takes workers x days up to this. */
const MOST_WORKER_DAYS = 20_000;
/** The first page is small, so that there is something to see at once. */
const FIRST_PAGE = 40;
const LATER_PAGES = 100;
/** So many rows may be on their way while pages are loaded. */
export const ON_THEIR_WAY = LATER_PAGES;
/** Of more workers than these everything is read anew. */
const MOST_SINGLY = 400;

export type Worker = RowWorkerFragment;

export interface Row {
  worker: Worker;
  cells: Cell[];
  hoursOff: number;
  freeHours: number;
}

/** What is known about some days: rows may still be on their way. */
export interface Schedule {
  /** For which view the rows were asked. */
  view: View;
  days: Day[];
  rows: Row[];
  /** How many rows there will be; undefined before the first page. */
  total: number | undefined;
  isLoading: boolean;
  failure: Failure | undefined;
}

export interface Loaded extends Schedule {
  /** Ask for everything again. */
  retry: () => void;
  /** Ask again for one worker's row. */
  refresh: (workerId: string) => Promise<void>;
  /** What others have changed: it is read anew, and what is shown meanwhile stays. */
  news: Rereading;
  /** Be told what was read anew. Returns how to stop that. */
  watch: (listener: (news: News) => void) => () => void;
  /** Whether something has changed that cannot be read. */
  isBehind: boolean;
}

export function useSchedule(view: View): Loaded {
  const [schedule, setSchedule] = useState<Schedule>(() => emptySchedule(view));
  const [attempt, setAttempt] = useState(0);
  const wanted = useRef(view);
  wanted.current = view;
  const isLoading = useRef(false);
  isLoading.current = schedule.isLoading;
  const asked = askedBy(view);
  const { news, watch, isBehind, leaveNews } = useNews(schedule, setSchedule, wanted, isLoading);

  useEffect(() => {
    const leaving = new AbortController();
    news.forget();
    leaveNews();
    // The rows of before stay, quietly, until the first new ones are there.
    setSchedule((before) => ({ ...before, isLoading: true, failure: undefined }));
    void loadPages(view, leaving.signal, setSchedule);
    return () => leaving.abort();
  }, [asked, attempt]);

  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  const refresh = useCallback(async (workerId: string) => {
    const shown = wanted.current;
    // Pages that are still on their way would put back what the row was.
    if (isLoading.current) return retry();
    try {
      const page = await askFor(shown, { workerIds: [workerId] }, 1, null);
      const fresh = page.nodes.map(toRow);
      if (askedBy(shown) === askedBy(wanted.current)) {
        setSchedule((before) => ({ ...before, rows: replaced(before.rows, fresh) }));
      }
    } catch {
      retry();
    }
  }, []);
  return { ...schedule, retry, refresh, news, watch, isBehind };
}

type Show = (change: Schedule | ((before: Schedule) => Schedule)) => void;

/** What has changed is read anew, without a sign that it is: rows that stay are where they were. */
function useNews(schedule: Schedule, show: Show, wanted: { current: View }, isLoading: { current: boolean }) {
  const [isBehind, setBehind] = useState(false);
  const rows = useRef(schedule.rows);
  rows.current = schedule.rows;
  const listeners = useRef(new Set<(news: News) => void>());
  const leaving = useRef(new AbortController());
  const [news] = useState(() => {
    const read = async (what: News) => {
      // Pages that are on their way may be from before; who does not look needs nothing.
      if (isLoading.current || document.hidden) return false;
      leaving.current = new AbortController();
      const { signal } = leaving.current;
      const change = await readAnew(wanted.current, what, rows.current, signal).catch((fault: unknown) => {
        // Everything is asked for anew: now, or when somebody has signed in again.
        if (fault instanceof Abandoned || Failure.of(fault).code === SIGNED_OUT) return undefined;
        throw fault;
      });
      if (change && !signal.aborted) show(change);
      listeners.current.forEach((listener) => listener(what));
      return true;
    };
    return new Rereading(read, setBehind);
  });
  useEffect(() => {
    if (!schedule.isLoading) news.goOn();
  }, [schedule.isLoading]);
  const watch = useCallback((listener: (news: News) => void) => {
    listeners.current.add(listener);
    return () => void listeners.current.delete(listener);
  }, []);
  const leaveNews = useCallback(() => leaving.current.abort(), []);
  return { news, watch, isBehind, leaveNews };
}

/** Return what is otherwise in a schedule once the workers, or all, were read anew. */
async function readAnew(
  view: View,
  { workers }: News,
  rows: Row[],
  signal: AbortSignal,
): Promise<(before: Schedule) => Schedule> {
  if (workers && workers.length <= MOST_SINGLY) {
    const fresh = await readWorkers(view, workers, signal);
    const names = new Map(rows.map(({ worker }) => [worker.id, worker.fullName]));
    // Only the gateway knows the place of a row that is new, or of another name.
    if (fresh.every(({ worker }) => names.get(worker.id) === worker.fullName)) {
      return (before) => without(before, workers, fresh);
    }
  }
  const pages = await readAll(view, signal);
  return (before) => ({ ...before, ...pages, failure: undefined });
}

async function readWorkers(view: View, workers: string[], signal: AbortSignal): Promise<Row[]> {
  const fresh: Row[] = [];
  for (let start = 0; start < workers.length; start += LATER_PAGES) {
    const workerIds = workers.slice(start, start + LATER_PAGES);
    const page = await askFor(view, { ...filterOf(view), workerIds }, workerIds.length, null, signal);
    fresh.push(...page.nodes.map(toRow));
  }
  return fresh;
}

async function readAll(view: View, signal: AbortSignal): Promise<Pick<Schedule, "rows" | "total">> {
  const rows: Row[] = [];
  let total: number | undefined;
  let after: string | null = null;
  do {
    const page: Page = await askFor(view, filterOf(view), pageSize(view, LATER_PAGES), after, signal);
    rows.push(...page.nodes.map(toRow));
    total ??= page.totalCount;
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  return { rows, total };
}

/** The rows as they are now; whoever was asked for and is not among the fresh ones is not shown any more. */
function without(before: Schedule, asked: string[], fresh: Row[]): Schedule {
  const there = new Set(fresh.map(({ worker }) => worker.id));
  const gone = new Set(asked.filter((id) => !there.has(id)));
  const rows = replaced(before.rows, fresh).filter(({ worker }) => !gone.has(worker.id));
  const total = before.total === undefined ? undefined : before.total - (before.rows.length - rows.length);
  return { ...before, rows, total };
}

async function loadPages(
  view: View,
  signal: AbortSignal,
  show: Show,
): Promise<void> {
  const fresh = emptySchedule(view);
  let after: string | null = null;
  let rows: Row[] = [];
  let total: number | undefined;
  try {
    do {
      const size = pageSize(view, after ? LATER_PAGES : FIRST_PAGE);
      const page: Page = await askFor(view, filterOf(view), size, after, signal);
      rows = rows.concat(page.nodes.map(toRow));
      total ??= page.totalCount;
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      show({ ...fresh, rows, total, isLoading: after !== null });
    } while (after !== null);
  } catch (fault) {
    if (fault instanceof Abandoned) return;
    show({ ...fresh, rows, total, isLoading: false, failure: Failure.of(fault) });
  }
}

/** As many of the workers as the gateway answers at a time for these days. */
function pageSize(view: View, wanted: number): number {
  const { first, last } = daysOf(view);
  return Math.min(wanted, Math.floor(MOST_WORKER_DAYS / (daysBetween(first, last) + 1)));
}

type Page = ScheduleQuery["schedule"];

async function askFor(
  view: View,
  filter: WorkerFilter,
  first: number,
  after: string | null,
  signal?: AbortSignal,
): Promise<Page> {
  const days = daysOf(view);
  const variables = { from: days.first, to: days.last, filter, first, after, isFirstPage: after === null };
  return (await query(ScheduleDocument, variables, signal)).schedule;
}

/** What a view asks the gateway for, as a text to compare: not which of its days is looked at. */
function askedBy(view: View): string {
  return JSON.stringify([daysOf(view), filterOf(view)]);
}

function emptySchedule(view: View): Schedule {
  const { first, last } = daysOf(view);
  const days = daysFrom(first, last);
  return { view, days, rows: [], total: undefined, isLoading: true, failure: undefined };
}

function toRow({ worker, hoursOff, availableHours, days }: Page["nodes"][number]): Row {
  return { worker, cells: joined(days.map(toCell)), hoursOff, freeHours: availableHours };
}

function replaced(rows: Row[], fresh: Row[]): Row[] {
  const byId = new Map(fresh.map((row) => [row.worker.id, row]));
  return rows.map((row) => byId.get(row.worker.id) ?? row);
}

/** One day of all the rows together. */
export interface DaySum {
  freeHours: number;
  peopleOff: number;
  /** Who has hours left. */
  peopleFree: number;
  /** Who has working hours, of all. */
  peopleWorking: number;
  people: number;
}

export function sumByDay(days: Day[], rows: Row[]): DaySum[] {
  const none = { freeHours: 0, peopleOff: 0, peopleFree: 0, peopleWorking: 0 };
  const sums = days.map(() => ({ ...none, people: rows.length }));
  for (const { cells } of rows) {
    sums.forEach((sum, place) => {
      const cell = cells[place];
      if (!cell) return;
      sum.freeHours += cell.freeHours;
      if (cell.hoursOff > 0) sum.peopleOff += 1;
      if (cell.freeHours > 0) sum.peopleFree += 1;
      if (cell.told.workdayHours > 0) sum.peopleWorking += 1;
    });
  }
  return sums;
}
