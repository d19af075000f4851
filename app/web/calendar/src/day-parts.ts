// Whole and half workdays by the clock, which Procore wants to know.

import { halfOf } from "./ranges";

export const PARTS = ["WHOLE", "MORNING", "AFTERNOON"] as const;
export type Part = (typeof PARTS)[number];

export interface Times {
  batchStartTime: string;
  batchEndTime: string;
}

const USUAL_HOURS = 8;
/** Workdays begin at eight, unless they are so long that they would end on the next day. */
const USUAL_START = 8;
const MOST_HOURS = 23.75;

/** When the part of a workday of so many hours begins and ends; of none it is the usual workday's. */
export function partTimes(part: Part, workdayHours: number): Times {
  const length = Math.min(workdayHours > 0 ? workdayHours : USUAL_HOURS, MOST_HOURS);
  const start = Math.min(USUAL_START, MOST_HOURS - length);
  const noon = start + halfOf(length);
  const [from, to] = {
    WHOLE: [start, start + length],
    MORNING: [start, noon],
    AFTERNOON: [noon, start + length],
  }[part] as [number, number];
  return { batchStartTime: clockOf(from), batchEndTime: clockOf(to) };
}

/** Which part the times are; undefined for others. */
export function partOf({ batchStartTime, batchEndTime }: Times, workdayHours: number): Part | undefined {
  return PARTS.find((part) => {
    const times = partTimes(part, workdayHours);
    return times.batchStartTime === batchStartTime.slice(0, 5) && times.batchEndTime === batchEndTime.slice(0, 5);
  });
}

/** To the quarter of an hour, as Procore keeps times. */
function clockOf(hours: number): string {
  const minutes = Math.round(hours * 4) * 15;
  return [Math.floor(minutes / 60), minutes % 60].map((each) => String(each).padStart(2, "0")).join(":");
}
