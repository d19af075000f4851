// What somebody writes into the form, as either mutation wants it.

import { partTimes } from "./day-parts";
import { type Day, FIRST_DAY, LAST_DAY, addDays, daysBetween, isDay, weekday } from "./days";
import { dateText, dayInFull } from "./formats";
import type { CreatePersonTimeOffInput, CreateTimeOffEntriesInput, Repeat } from "./generated";
import { type PlainId, t } from "./messages";
import { MOST_DAYS, type Plan, type Planned, type RangeWish } from "./ranges";
import type { Worker } from "./schedule";

/** Far more weeks than the gateway has days for: what is above is a slip of the finger. */
export const MOST_CADENCE = 9999;

export type Model = "entries" | "span";

export interface EntryWish {
  day: Day;
  hours: string;
}

export interface SpanWish {
  startDay: Day;
  endDay: Day;
  batchStartTime: string;
  batchEndTime: string;
  isPaid: boolean;
  reason: string;
  repeat: Repeat;
  cadence: string;
  repeatEndDay: Day;
  applyToSaturday: boolean;
  applyToSunday: boolean;
}

export interface Wish {
  worker: Worker | undefined;
  model: Model;
  ranges: RangeWish[];
  span: SpanWish;
}

/** What is wrong, and where: the place as the gateway writes it, its parts joined by points. */
export interface Problem {
  place: string;
  message: string;
}

export type Request =
  | { model: "entries"; input: CreateTimeOffEntriesInput }
  | { model: "span"; input: CreatePersonTimeOffInput };

/** Whole days, and what a whole workday of so many hours is by the clock. */
export function firstWish(worker: Worker | undefined, first: Day, workdayHours: number, last = first): Wish {
  return {
    worker,
    model: worker && !worker.user ? "span" : "entries",
    ranges: [{ first, last, amount: "WHOLE", hours: "" }],
    span: {
      startDay: first,
      endDay: last,
      ...partTimes("WHOLE", workdayHours),
      isPaid: true,
      reason: "",
      repeat: "NEVER",
      cadence: "1",
      repeatEndDay: "",
      applyToSaturday: false,
      applyToSunday: false,
    },
  };
}

/** As much of the next day that is no weekend. */
export function nextRange({ last, amount, hours }: RangeWish): RangeWish {
  let next = addDays(last, 1);
  while (next && weekday(next) > 4) next = addDays(next, 1);
  return { first: next, last: next, amount, hours };
}

/** What is not even a request yet. All else the gateway judges, for every client alike. */
export function problemsOf(wish: Wish, plan: Plan | undefined): Problem[] {
  const who = missing("worker", wish.worker ? "known" : "", "wish.worker");
  if (wish.model === "span") return [...who, ...problemsOfSpan(wish.span)];
  const problems = [...who, ...wish.ranges.flatMap((range, place) => problemsOfRange(range, place, plan))];
  return problems.length > 0 || plan ? problems : [{ place: "", message: t("range.reading") }];
}

/** The place of a range's field, such as "timeOffEntries.0.hours". */
export function atRange(place: number, name: string): string {
  return `timeOffEntries.${place}.${name}`;
}

export function problemsOfRange(range: RangeWish, place: number, plan: Plan | undefined): Problem[] {
  const { first, last, amount, hours } = range;
  const at = (name: string) => atRange(place, name);
  const days = [...noDay(at("requestedDate"), first, "wish.firstDay"), ...noDay(at("lastDay"), last, "wish.lastDay")];
  const noHours = amount === "HOURS" ? missing(at("hours"), hours, "wish.hours") : [];
  if (days.length > 0) return [...days, ...noHours];
  if (last < first) {
    const message = t("refusal.daysReversed", { last: dayInFull(last), first: dayInFull(first) });
    return [{ place: at("lastDay"), message }, ...noHours];
  }
  if (daysBetween(first, last) >= MOST_DAYS) {
    return [{ place: at("lastDay"), message: t("range.tooLong", { most: MOST_DAYS }) }, ...noHours];
  }
  const isEmpty = plan && !plan.entries.some((each) => each.range === place);
  return isEmpty ? [{ place: at("requestedDate"), message: t("range.nothing") }] : noHours;
}

export function problemsOfSpan(span: SpanWish): Problem[] {
  const once = [
    ...noDay("startDay", span.startDay, "wish.firstDay"),
    ...noDay("endDay", span.endDay, "wish.lastDay"),
    ...missing("batchStartTime", span.batchStartTime, "wish.from"),
    ...missing("batchEndTime", span.batchEndTime, "wish.to"),
    ...missing("reason", span.reason.trim(), "wish.reason"),
  ];
  if (span.repeat === "NEVER") return once;
  return [
    ...once,
    ...noCount("cadence", span.cadence),
    ...noDay("repeatEndDay", span.repeatEndDay, "wish.until"),
  ];
}

function missing(place: string, value: string, message: PlainId): Problem[] {
  return value ? [] : [{ place, message: t(message) }];
}

function noDay(place: string, value: Day, message: PlainId): Problem[] {
  if (!value) return [{ place, message: t(message) }];
  if (isDay(value)) return [];
  return [{ place, message: t("wish.dayRange", { first: dateText(FIRST_DAY), last: dateText(LAST_DAY) }) }];
}

function noCount(place: string, value: string): Problem[] {
  const count = Number(value);
  if (!value || !Number.isInteger(count) || count < 1) {
    return [{ place, message: t("wish.cadence") }];
  }
  return count <= MOST_CADENCE ? [] : [{ place, message: t("wish.cadenceMost", { most: MOST_CADENCE }) }];
}

/** The request, where nothing is missing. */
export function requestOf(wish: Wish, plan: Plan | undefined): Request | undefined {
  const { worker } = wish;
  if (!worker || problemsOf(wish, plan).length) return undefined;
  if (wish.model === "entries") {
    const userId = worker.user?.id ?? "";
    const timeOffEntries = (plan?.entries ?? []).map(({ day, hours }) => ({
      userId,
      requestedDate: day,
      hours: Number(hours),
    }));
    return { model: "entries", input: { timeOffEntries } };
  }
  const { cadence, repeatEndDay, ...others } = wish.span;
  const repeats = wish.span.repeat !== "NEVER";
  const ends = repeats ? { cadence: Number(cadence), repeatEndDay } : {};
  const ids = { companyId: worker.company.id, personId: worker.person?.id ?? "" };
  return { model: "span", input: { ...ids, ...others, ...ends } };
}

/** What the gateway says of entries at the ranges that they come from, once where it is about several days. */
export function atRanges(problems: Problem[], entries: Planned[]): Problem[] {
  const byPlace = new Map<string, Problem[]>();
  for (const problem of problems) {
    const [list, place, ...names] = problem.place.split(".");
    const range = entries[Number(place)]?.range;
    const at = list === "timeOffEntries" && range !== undefined ? [list, range, ...names].join(".") : problem.place;
    byPlace.set(at, [...(byPlace.get(at) ?? []), problem]);
  }
  return [...byPlace].map(([place, [first, ...others]]) => {
    const more = others.length > 0 ? t("range.moreDays", { count: others.length }) : "";
    return { place, message: [first?.message, more].filter(Boolean).join(" ") };
  });
}
