// What somebody writes into the form, as either mutation wants it.

import { type Day, FIRST_DAY, LAST_DAY, addDays, isDay, weekday } from "./days";
import { dateText } from "./formats";
import type { CreatePersonTimeOffInput, CreateTimeOffEntriesInput, Repeat } from "./generated";
import { type PlainId, t } from "./messages";
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
  entries: EntryWish[];
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

/** Of a day on which nothing is free no hours are proposed: they would be refused. */
export function firstWish(worker: Worker | undefined, day: Day, freeHours: number): Wish {
  return {
    worker,
    model: worker && !worker.user ? "span" : "entries",
    entries: [{ day, hours: freeHours > 0 ? String(freeHours) : "" }],
    span: {
      startDay: day,
      endDay: day,
      batchStartTime: "08:00",
      batchEndTime: "16:00",
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

/** The same hours on the next day that is no weekend. */
export function nextEntry({ day, hours }: EntryWish): EntryWish {
  let next = addDays(day, 1);
  while (next && weekday(next) > 4) next = addDays(next, 1);
  return { day: next, hours };
}

/** What is not even a request yet. All else the gateway judges, for every client alike. */
export function problemsOf(wish: Wish): Problem[] {
  const who = missing("worker", wish.worker ? "known" : "", "wish.worker");
  return [...who, ...(wish.model === "entries" ? problemsOfEntries(wish.entries) : problemsOfSpan(wish.span))];
}

function problemsOfEntries(entries: EntryWish[]): Problem[] {
  return entries.flatMap(({ day, hours }, place) => [
    ...noDay(`timeOffEntries.${place}.requestedDate`, day, "wish.day"),
    ...missing(`timeOffEntries.${place}.hours`, hours, "wish.hours"),
  ]);
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
export function requestOf(wish: Wish): Request | undefined {
  const { worker } = wish;
  if (!worker || problemsOf(wish).length) return undefined;
  if (wish.model === "entries") {
    const userId = worker.user?.id ?? "";
    const timeOffEntries = wish.entries.map(({ day, hours }) => ({
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
