// The days of the worker that a form is about: those that the page shows, and others once they are asked for.

import { useEffect, useMemo, useState } from "preact/hooks";
import { type Day, daysFrom } from "./days";
import { Abandoned, Failure, query } from "./gateway";
import { WorkerDaysDocument } from "./generated";
import { type Cell, toCell } from "./kinds";
import { useShownDays } from "./preview";
import type { Schedule, Worker } from "./schedule";

interface Asked {
  worker: string;
  cells: Cell[];
  failure?: Failure;
}

export interface WorkerDays {
  /** What is known, by day. */
  cells: Map<Day, Cell>;
  /** Why the days could not be read. */
  failure: Failure | undefined;
}

/** A date is typed digit by digit. */
const TYPING_MILLISECONDS = 200;

export function useWorkerDays(
  schedule: Schedule,
  worker: Worker | undefined,
  wanted: { first: Day; last: Day } | undefined,
): WorkerDays {
  const shown = useShownDays(schedule, worker);
  const [asked, setAsked] = useState<Asked>();
  const { first, last } = wanted ?? { first: "", last: "" };
  const isShown = !wanted || daysFrom(first, last).every((day) => shown.has(day));
  useEffect(() => {
    if (!worker || isShown) return undefined;
    const leaving = new AbortController();
    const ask = () =>
      query(WorkerDaysDocument, { worker: worker.id, from: first, to: last }, leaving.signal).then(
        (answer) => setAsked({ worker: worker.id, cells: (answer.worker?.schedule.days ?? []).map(toCell) }),
        (fault: unknown) => {
          if (!(fault instanceof Abandoned)) setAsked({ worker: worker.id, cells: [], failure: Failure.of(fault) });
        },
      );
    const timer = setTimeout(() => void ask(), TYPING_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [worker?.id, first, last, isShown]);
  return useMemo(() => {
    const own = asked && asked.worker === worker?.id ? asked : undefined;
    const cells = new Map(own?.cells.map((cell) => [cell.day, cell]));
    // What the page shows is read anew whenever it changes.
    shown.forEach((cell, day) => cells.set(day, cell));
    return { cells, failure: isShown ? undefined : own?.failure };
  }, [asked, shown, worker?.id, isShown]);
}
