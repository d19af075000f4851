// The occurrences of a record of Procore, which are named by the day that the rule gives them.

import { type Day, addDays, daysBetween, daysFrom, weekday } from "./days";
import { dayText, spanText, timeText } from "./formats";
import type { OccurrenceFragment, SpanRecordFragment } from "./generated";
import { t } from "./messages";

export type SpanRecord = SpanRecordFragment;
export type Occurrence = OccurrenceFragment;

export interface Span {
  first: Day;
  last: Day;
}

export function repeats(record: SpanRecord): boolean {
  return record.repeat !== "NEVER";
}

export function occurrenceOf(record: SpanRecord, originalDay: Day): Occurrence | undefined {
  return record.instances.find((each) => each.originalDay === originalDay);
}

/** The occurrences that lie on the day, if the weekend flags let it count. */
export function occurrencesOn(record: SpanRecord, day: Day): Occurrence[] {
  if (!counts(record, day)) return [];
  return takingPlace(record).filter((each) => lies({ first: each.startDay, last: each.endDay }, day));
}

/** Those that the rule has on the day, and that are skipped or were moved away from it. */
export function occurrencesGoneFrom(record: SpanRecord, day: Day): Occurrence[] {
  if (!counts(record, day)) return [];
  const there = occurrencesOn(record, day);
  return exceptionsOf(record).filter((each) => lies(plannedSpan(record, each), day) && !there.includes(each));
}

function counts({ applyToSaturday, applyToSunday }: SpanRecord, day: Day): boolean {
  if (weekday(day) === 5) return applyToSaturday;
  return weekday(day) !== 6 || applyToSunday;
}

/** Whether it takes hours: not where it is skipped, or lies on weekend days that do not count. */
export function hasDayThatCounts(record: SpanRecord, { status, startDay, endDay }: Occurrence): boolean {
  return status !== "SKIPPED" && daysFrom(startDay, endDay).some((day) => counts(record, day));
}

/** The days on which it takes hours. */
export function countedDaysOf(record: SpanRecord, { startDay, endDay }: Occurrence): Day[] {
  return daysFrom(startDay, endDay).filter((day) => counts(record, day));
}

function lies({ first, last }: Span, day: Day): boolean {
  return first <= day && day <= last;
}

export function exceptionsOf(record: SpanRecord): Occurrence[] {
  return record.instances
    .filter(({ status }) => status !== "PLANNED")
    .sort((one, other) => (one.originalDay < other.originalDay ? -1 : 1));
}

/** Where the rule has the occurrence. */
export function plannedSpan(record: SpanRecord, { originalDay, startDay, endDay }: Occurrence): Span {
  const asPlanned = record.instances.find(({ status }) => status !== "CHANGED");
  // Where every occurrence is changed nothing says how long they would be.
  const like = asPlanned ?? { startDay, endDay };
  return { first: originalDay, last: addDays(originalDay, daysBetween(like.startDay, like.endDay)) };
}

/** What the occurrence does otherwise than the others, such as "moved from Wed 11 March". */
export function changesOf(record: SpanRecord, occurrence: Occurrence, beside: Day): string[] {
  const { first, last } = plannedSpan(record, occurrence);
  const days = hasMoved(occurrence)
    ? t("occurrence.movedFrom", { span: spanText(first, last, beside) })
    : occurrence.endDay !== last &&
      t("occurrence.untilInstead", { day: dayText(occurrence.endDay, beside), planned: dayText(last, beside) });
  const times = hasOtherTimes(record, occurrence) && t("occurrence.otherTimesThan", { times: timesText(record) });
  return [days, times, paidUnlike(record, occurrence)].filter((each) => each !== false);
}

/** An exception in one line, by the day on which the rule has it. */
export function exceptionText(record: SpanRecord, occurrence: Occurrence, beside: Day): string {
  const { originalDay, status, startDay, endDay } = occurrence;
  const name = dayText(originalDay, beside);
  if (status === "SKIPPED") return t("occurrence.line", { day: name, what: t("occurrence.skipped") });
  const { last } = plannedSpan(record, occurrence);
  const days = hasMoved(occurrence)
    ? t("occurrence.movedTo", { span: spanText(startDay, endDay, beside) })
    : endDay !== last && t("occurrence.until", { day: dayText(endDay, beside) });
  const times = hasOtherTimes(record, occurrence) && t("occurrence.otherTimes", { times: timesText(occurrence) });
  const what = [days, times, paidUnlike(record, occurrence)].filter((each) => each !== false);
  return t("occurrence.line", { day: name, what: inOneLine(what) });
}

/** Several things that are said one after the other. */
export function inOneLine(texts: string[]): string {
  return texts.join(t("common.separator"));
}

function hasMoved({ originalDay, startDay }: Occurrence): boolean {
  return startDay !== originalDay;
}

function hasOtherTimes(record: SpanRecord, { batchStartTime, batchEndTime }: Occurrence): boolean {
  return batchStartTime !== record.batchStartTime || batchEndTime !== record.batchEndTime;
}

function paidUnlike({ isPaid: isUsual }: SpanRecord, { isPaid }: Occurrence): string | false {
  return isPaid !== isUsual && t("occurrence.paidUnlike", { paid: isPaid ? "yes" : "no" });
}

export function timesText({ batchStartTime, batchEndTime }: Pick<SpanRecord, "batchStartTime" | "batchEndTime">): string {
  const isNight = batchEndTime <= batchStartTime;
  return t(isNight ? "times.night" : "times.span", { from: timeText(batchStartTime), to: timeText(batchEndTime) });
}

/** Those of the occurrence and after it that take place. */
export function followingOf(record: SpanRecord, { originalDay }: Occurrence): Occurrence[] {
  return takingPlace(record).filter((each) => each.originalDay >= originalDay);
}

export function takingPlace(record: SpanRecord): Occurrence[] {
  return record.instances.filter(({ status }) => status !== "SKIPPED");
}
