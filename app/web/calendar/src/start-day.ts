// The day on which a new absence is proposed to begin.

import { type Day, today, weekday } from "./days";
import type { Schedule, Worker } from "./schedule";

/** Today where it is shown; else the first day shown on which the worker works, or anybody; of nobody the first that is no weekend. */
export function startDayOf({ days, rows }: Schedule, worker: Worker | undefined): Day {
  if (days.includes(today())) return today();
  const own = rows.filter((row) => row.worker.id === worker?.id);
  const worked = (own.length > 0 ? own : rows).flatMap(({ cells }) => cells.filter(({ told }) => told.workdayHours > 0));
  const earliest = worked.map(({ day }) => day).sort()[0];
  return earliest ?? days.find((day) => weekday(day) < 5) ?? days[0] ?? today();
}
