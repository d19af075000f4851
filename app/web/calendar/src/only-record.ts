// The one record of a day, so that it can be changed without opening the day.

import type { Day } from "./days";
import type { DayEntry } from "./entry";
import { query } from "./gateway";
import { OpenDayDocument } from "./generated";
import type { SpanRecord } from "./occurrences";
import { occurrenceIn } from "./record";
import type { Worker } from "./schedule";

export type OnlyRecord = { entry: DayEntry } | { record: SpanRecord; originalDay: Day };

/** Undefined where there is none or more than one, or it cannot be read: the day tells what there is. */
export async function onlyRecordOf(worker: Worker, day: Day): Promise<OnlyRecord | undefined> {
  try {
    const found = (await query(OpenDayDocument, { worker: worker.id, day })).worker?.schedule.days[0];
    const [contribution, ...others] = found?.contributions ?? [];
    if (!contribution || others.length > 0) return undefined;
    const { timeOff } = contribution;
    if ("externalReferences" in timeOff) return { entry: timeOff };
    const occurrence = occurrenceIn(timeOff, contribution, 0, day);
    return { record: timeOff, originalDay: occurrence?.originalDay ?? timeOff.startDay };
  } catch {
    return undefined;
  }
}
