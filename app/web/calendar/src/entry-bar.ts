// The bar that an entry of Kantata is drawn in: the days beside it that look alike, each an entry of its own.

import { useEffect, useState } from "preact/hooks";
import { isSameAbsence } from "./bars";
import { FIRST_DAY, LAST_DAY, addDays } from "./days";
import type { DayEntry } from "./entry";
import { query } from "./gateway";
import { BarDocument, type BarQuery } from "./generated";
import { type Cell, toCell } from "./kinds";
import type { Worker } from "./schedule";

/** So far the bar is followed to either side: what is in it is deleted by one request, of 100 entries at most. */
const MOST_DAYS = 49;

type BarDay = NonNullable<BarQuery["worker"]>["schedule"]["days"][number];

/** The entries of the bar, the given one among them, in their order; undefined until they are read. */
export function useBar(worker: Worker, entry: DayEntry, reading: number): DayEntry[] | undefined {
  const [bar, setBar] = useState<DayEntry[]>();
  const { requestedDate } = entry;
  useEffect(() => {
    const leaving = new AbortController();
    const from = [addDays(requestedDate, -MOST_DAYS), FIRST_DAY].sort().at(-1)!;
    const to = [addDays(requestedDate, MOST_DAYS), LAST_DAY].sort()[0]!;
    query(BarDocument, { worker: worker.id, from, to }, leaving.signal).then(
      (answer) => setBar(barOf(answer.worker?.schedule.days ?? [], requestedDate)),
      // The one day can be deleted all the same.
      () => undefined,
    );
    return () => leaving.abort();
  }, [worker.id, requestedDate, reading]);
  return bar;
}

function barOf(days: BarDay[], day: string): DayEntry[] {
  const cells = days.map(toCell);
  const place = days.findIndex(({ date }) => date === day);
  if (place < 0) return [];
  const before = alikeFrom(cells, place, -1).reverse();
  return [...before, place, ...alikeFrom(cells, place, 1)].flatMap((each) => entryOf(days[each]!));
}

/** Which days go on from here, by their places; days without work lie between them. */
function alikeFrom(cells: Cell[], place: number, step: 1 | -1): number[] {
  const found: number[] = [];
  let last = cells[place]!;
  for (let next = place + step; cells[next]; next += step) {
    const cell = cells[next]!;
    if (cell.hoursOff === 0 && cell.told.workdayHours === 0) continue;
    if (cell.hoursOff === 0 || !isSameAbsence(last, cell)) break;
    found.push(next);
    last = cell;
  }
  return found;
}

function entryOf({ contributions }: BarDay): DayEntry[] {
  return contributions.flatMap(({ timeOff }) => ("externalReferences" in timeOff ? [timeOff as DayEntry] : []));
}
