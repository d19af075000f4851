// The rows of the calendar: loaded page by page, shown as they come, and loaded anew one by one.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type Day, daysFrom } from "./days";
import { Abandoned, Failure, query } from "./gateway";
import { type RowWorkerFragment, ScheduleDocument, type ScheduleQuery, type WorkerFilter } from "./generated";
import { type Cell, toCell } from "./kinds";
import { type View, daysOf } from "./view";

/** The gateway takes workers x days up to this. */
const MOST_WORKER_DAYS = 20_000;
/** The first page is small, so that there is something to see at once. */
const FIRST_PAGE = 40;
const LATER_PAGES = 100;

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
}

export function useSchedule(view: View): Loaded {
  const [schedule, setSchedule] = useState<Schedule>(() => emptySchedule(view));
  const [attempt, setAttempt] = useState(0);
  const wanted = useRef(view);
  wanted.current = view;
  const isLoading = useRef(false);
  isLoading.current = schedule.isLoading;
  const asked = askedBy(view);

  useEffect(() => {
    const leaving = new AbortController();
    // The rows of before stay, quietly, until the first new ones are there.
    setSchedule((before) => ({ ...before, isLoading: true, failure: undefined }));
    void loadPages(view, leaving.signal, setSchedule);
    return () => leaving.abort();
  }, [asked, attempt]);

  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  const refresh = useCallback(async (workerId: string) => {
    const shown = wanted.current;
    // Whether somebody is among those who are off, and where, only the gateway knows; and pages that are
    // still on their way would put back what the row was.
    if (shown.onlyOff || isLoading.current) return retry();
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
  return { ...schedule, retry, refresh };
}

async function loadPages(
  view: View,
  signal: AbortSignal,
  show: (change: Schedule | ((before: Schedule) => Schedule)) => void,
): Promise<void> {
  const fresh = emptySchedule(view);
  const most = Math.floor(MOST_WORKER_DAYS / fresh.days.length);
  let after: string | null = null;
  let rows: Row[] = [];
  let total: number | undefined;
  try {
    do {
      const size = Math.min(after ? LATER_PAGES : FIRST_PAGE, most);
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

function filterOf({ name, role, company, onlyOff }: View): WorkerFilter {
  return {
    ...(name.trim() && { name: name.trim() }),
    ...(role && { roleIds: [role] }),
    ...(company && { companyId: company }),
    ...(onlyOff && { onlyAbsent: true }),
  };
}

function emptySchedule(view: View): Schedule {
  const { first, last } = daysOf(view);
  const days = daysFrom(first, last);
  return { view, days, rows: [], total: undefined, isLoading: true, failure: undefined };
}

function toRow({ worker, hoursOff, availableHours, days }: Page["nodes"][number]): Row {
  return { worker, cells: days.map(toCell), hoursOff, freeHours: availableHours };
}

function replaced(rows: Row[], fresh: Row[]): Row[] {
  const byId = new Map(fresh.map((row) => [row.worker.id, row]));
  return rows.map((row) => byId.get(row.worker.id) ?? row);
}

/** One day of all the rows together. */
export interface DaySum {
  freeHours: number;
  peopleOff: number;
}

export function sumByDay(days: Day[], rows: Row[]): DaySum[] {
  const sums = days.map(() => ({ freeHours: 0, peopleOff: 0 }));
  for (const { cells } of rows) {
    sums.forEach((sum, place) => {
      sum.freeHours += cells[place]?.freeHours ?? 0;
      sum.peopleOff += cells[place]?.hoursOff ? 1 : 0;
    });
  }
  return sums;
}
