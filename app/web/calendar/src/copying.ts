// What is recorded already as the wish to record it once more: for other days, or for somebody else.

import type { Day } from "./days";
import type { DayEntry } from "./entry";
import { type SpanRecord, occurrenceOf } from "./occurrences";
import type { OnlyRecord } from "./only-record";
import type { Worker } from "./schedule";
import { type Wish, firstWish } from "./wish";

/** What there is of a day as the wish to record it again. */
export function copyOf(worker: Worker, only: OnlyRecord): Wish {
  return "entry" in only ? copyOfEntry(worker, only.entry) : copyOfSpan(worker, only.record, only.originalDay);
}

/** The same hours of the day. */
export function copyOfEntry(worker: Worker, { requestedDate: day, hours }: DayEntry): Wish {
  const ranges = [{ first: day, last: day, amount: "HOURS" as const, hours: String(hours) }];
  return { ...firstWish(worker, day, 0), model: "entries", ranges };
}

/** The occurrence by itself, without the repeat; a reason that one may not read does not come along. */
export function copyOfSpan(worker: Worker, record: SpanRecord, originalDay: Day): Wish {
  const { startDay, endDay, batchStartTime, batchEndTime, isPaid } = occurrenceOf(record, originalDay) ?? record;
  const { applyToSaturday, applyToSunday } = record;
  const wish = firstWish(worker, startDay, 0, endDay);
  const span = {
    ...wish.span,
    ...{ batchStartTime, batchEndTime, isPaid, applyToSaturday, applyToSunday },
    reason: record.reason ?? "",
  };
  return { ...wish, model: "span", span };
}
