// What each choice about a difference would do, or why it cannot be chosen here. Which mutation settles
// which kind of difference is told in docs/schedule.md, "One day, either way".

import type { Day } from "./days";
import type { DayEntry } from "./entry";
import type { DifferenceFragment, DiscrepancyKind, OpenDayQuery, OpenDifferenceQuery } from "./generated";
import { type Occurrence, type SpanRecord, countedDaysOf, hasDayThatCounts, occurrencesOn, repeats } from "./occurrences";
import type { Rights } from "./viewer";

export type Difference = DifferenceFragment;
export type { DiscrepancyKind };
type OpenDay = NonNullable<OpenDayQuery["worker"]>["schedule"]["days"][number];
type Named = OpenDifferenceQuery["discrepancies"]["nodes"][number];

/** A difference with the records that it is about. */
export interface OpenDifference {
  difference: Named;
  day: OpenDay;
}

export const CHOICES = ["procore", "kantata", "stays"] as const;
/** Whose hours are right; or both, and the difference stays. */
export type Choice = (typeof CHOICES)[number];

export type Step =
  | { what: "mirrorRecord"; id: string; hours: number }
  | { what: "updateEntry"; entry: DayEntry; hours: number }
  | { what: "deleteEntry"; entry: DayEntry }
  | { what: "mirrorEntry"; entry: DayEntry }
  | { what: "updateOccurrence"; record: SpanRecord; occurrence: Occurrence; batchEndTime: string }
  | { what: "deleteOccurrence"; record: SpanRecord; occurrence: Occurrence }
  | { what: "acknowledge" };

/** Why a choice is none. */
export const OBSTACLES = [
  "severalDays",
  "severalRecords",
  "noQuarterHours",
  "acknowledged",
  "notPermitted",
  "noRecord",
] as const;
export type Obstacle = (typeof OBSTACLES)[number];
export type Plan = { step: Step; obstacle?: undefined } | { step?: undefined; obstacle: Obstacle };
export type Plans = Record<Choice, Plan>;

const MINUTES_OF_DAY = 24 * 60;

export function plansOf(open: OpenDifference, { writes }: Rights): Plans {
  const plans = { procore: procoreTaken(open), kantata: kantataTaken(open), stays: acknowledged(open) };
  if (writes === "anybody") return plans;
  return {
    procore: ofOwn(plans.procore),
    kantata: ofOwn(plans.kantata),
    stays: ofOwn(plans.stays),
  };
}

/** To mirror and to acknowledge needs the right to write everybody's time off. */
function ofOwn(plan: Plan): Plan {
  const isRefused = plan.step && ["mirrorRecord", "mirrorEntry", "acknowledge"].includes(plan.step.what);
  return isRefused ? { obstacle: "notPermitted" } : plan;
}

function acknowledged({ difference }: OpenDifference): Plan {
  return difference.acknowledgement ? { obstacle: "acknowledged" } : { step: { what: "acknowledge" } };
}

function procoreTaken(open: OpenDifference): Plan {
  const { kind, kantataHours, procoreHours } = open.difference;
  const entry = entryOf(open);
  if (kind === "ONLY_IN_KANTATA_OX") return entry ? { step: { what: "deleteEntry", entry } } : { obstacle: "noRecord" };
  if (kind === "HOURS_DIFFER" && kantataHours > procoreHours) {
    return entry ? { step: { what: "updateEntry", entry, hours: procoreHours } } : { obstacle: "noRecord" };
  }
  // Whichever of the person's records is named, the day gets the hours of all of them.
  const [record] = recordsOf(open);
  return record ? { step: { what: "mirrorRecord", id: record.id, hours: procoreHours } } : { obstacle: "noRecord" };
}

function kantataTaken(open: OpenDifference): Plan {
  const { kind, date, kantataHours } = open.difference;
  const entry = entryOf(open);
  if (kind === "ONLY_IN_KANTATA_OX") return entry ? { step: { what: "mirrorEntry", entry } } : { obstacle: "noRecord" };
  const found = recordsOf(open).flatMap((record) =>
    occurrencesOn(record, date).map((occurrence) => ({ record, occurrence })),
  );
  const [only] = found;
  if (!only || found.length > 1) return { obstacle: "severalRecords" };
  if (countedDaysOf(only.record, only.occurrence).length > 1) return { obstacle: "severalDays" };
  if (kind === "ONLY_IN_PROCORE_WORKFORCE_PLANNING") return { step: { what: "deleteOccurrence", ...only } };
  const batchEndTime = endAfter(only.occurrence.batchStartTime, kantataHours);
  if (batchEndTime === undefined) return { obstacle: "noQuarterHours" };
  return { step: { what: "updateOccurrence", ...only, batchEndTime } };
}

/** When so many hours are over, on a clock that knows quarter hours; a whole day has no end there. */
function endAfter(start: string, hours: number): string | undefined {
  if (!isQuarterHours(hours) || hours * 60 >= MINUTES_OF_DAY) return undefined;
  const [hour = 0, minute = 0] = start.split(":").map(Number);
  const end = (hour * 60 + minute + hours * 60) % MINUTES_OF_DAY;
  return [Math.floor(end / 60), end % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

export function isQuarterHours(hours: number): boolean {
  return Number.isInteger(hours * 4);
}

/** Whether the record goes with its occurrence, as the last one that counts. */
export function isLastOf(record: SpanRecord, { originalDay }: Occurrence): boolean {
  return (
    !repeats(record) ||
    !record.instances.some((each) => each.originalDay !== originalDay && hasDayThatCounts(record, each))
  );
}

function entryOf({ day }: OpenDifference): DayEntry | undefined {
  const [entry] = day.contributions.flatMap(({ timeOff }) => ("externalReferences" in timeOff ? [timeOff] : []));
  return entry;
}

/** The records that count the day, each once. */
function recordsOf({ day }: OpenDifference): SpanRecord[] {
  const spans = day.contributions.flatMap(({ timeOff }) => ("instances" in timeOff ? [timeOff] : []));
  return [...new Map(spans.map((each) => [each.id, each])).values()];
}

/** What a choice was made of, as a text to compare: not the versions, which other days change as well. */
export function factsOf({ difference, day }: OpenDifference): string {
  const { kind, kantataHours, procoreHours, acknowledgement } = difference;
  const records = day.contributions.map(({ hours, startTime, endTime, isPaid, timeOff }) =>
    JSON.stringify([timeOff.id, hours, startTime, endTime, isPaid]),
  );
  return JSON.stringify([kind, kantataHours, procoreHours, acknowledgement?.id, records.sort()]);
}

/** One for each worker and day. */
export function keyOf({ worker, date }: { worker: { id: string }; date: Day }): string {
  return `${worker.id} ${date}`;
}
