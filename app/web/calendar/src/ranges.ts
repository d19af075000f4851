// Days on end that are to be recorded in Kantata, which knows single days only: which of them it becomes,
// with which hours, and which are left out.

import { type Day, daysBetween, daysFrom, isDay } from "./days";
import type { CellDayFragment } from "./generated";
import type { EntryWish } from "./wish";

/** As many days as the gateway tells of a worker at a time. */
export const MOST_DAYS = 400;

export const AMOUNTS = ["WHOLE", "HALF", "HOURS"] as const;
/** All that is free of each day, half of each workday, or so many hours. */
export type Amount = (typeof AMOUNTS)[number];

export interface RangeWish {
  first: Day;
  last: Day;
  amount: Amount;
  /** What stands in the field; it holds for HOURS alone. */
  hours: string;
}

/** What is known about a day of the worker. */
export type KnownDay = Pick<CellDayFragment, "date" | "workdayHours" | "availableHours" | "holiday">;

export interface LeftOut {
  day: Day;
  why: "holiday" | "off" | "full";
  /** Of the holiday. */
  name: string;
}

export interface Planned extends EntryWish {
  /** Which of the ranges it is of. */
  range: number;
}

export interface Plan {
  entries: Planned[];
  /** Of each range. */
  leftOut: LeftOut[][];
  /** Of each range: those with fewer hours than were wished for, because the others are taken. */
  short: Planned[][];
}

export function isRange({ first, last }: RangeWish): boolean {
  return isDay(first) && isDay(last) && first <= last && daysBetween(first, last) < MOST_DAYS;
}

/** The days that are to be known before there is a plan; undefined where the ranges are none yet. */
export function daysAsked(ranges: RangeWish[]): { first: Day; last: Day } | undefined {
  const days = ranges.filter(isRange).flatMap(({ first, last }) => [first, last]).sort();
  const [first, last] = [days[0], days.at(-1)];
  return first && last && daysBetween(first, last) < MOST_DAYS ? { first, last } : undefined;
}

/**
 * The entries that the ranges become; undefined as long as a day of theirs is not known.
 *
 * Hours that are named for one day are sent as they are: the gateway judges them.
 */
export function planOf(ranges: RangeWish[], known: ReadonlyMap<Day, KnownDay>): Plan | undefined {
  const plan: Plan = { entries: [], leftOut: [], short: [] };
  const taken = new Map<Day, number>();
  for (const [range, wish] of ranges.entries()) {
    plan.leftOut.push([]);
    plan.short.push([]);
    for (const day of isRange(wish) ? daysFrom(wish.first, wish.last) : []) {
      const about = known.get(day);
      const isNamed = wish.amount === "HOURS" && wish.first === wish.last;
      if (!about && !isNamed) return undefined;
      const free = (about?.availableHours ?? 0) - (taken.get(day) ?? 0);
      const leftOut = isNamed || !about ? undefined : reasonOf(about, free);
      if (leftOut) {
        plan.leftOut[range]?.push(leftOut);
        continue;
      }
      const wanted = hoursOf(wish, about);
      const hours = wish.amount === "HOURS" ? wanted : Math.min(wanted, free);
      const entry = { range, day, hours: wish.amount === "HOURS" ? wish.hours : String(exact(hours)) };
      if (hours < wanted) plan.short[range]?.push(entry);
      plan.entries.push(entry);
      taken.set(day, (taken.get(day) ?? 0) + hours);
    }
  }
  return plan;
}

/** The hours that are the same on each day of the range, as a text; empty where they are not. */
export function commonHours({ entries }: Plan, range: number): string {
  const hours = new Set(entries.filter((each) => each.range === range).map((each) => each.hours));
  return hours.size === 1 ? ([...hours][0] ?? "") : "";
}

function hoursOf({ amount, hours }: RangeWish, about: KnownDay | undefined): number {
  if (amount === "HOURS") return Number(hours);
  const workday = about?.workdayHours ?? 0;
  return amount === "HALF" ? halfOf(workday) : workday;
}

function reasonOf({ date: day, holiday, workdayHours }: KnownDay, free: number): LeftOut | undefined {
  if (workdayHours === 0) return { day, why: holiday ? "holiday" : "off", name: holiday?.name ?? "" };
  return free > 0 ? undefined : { day, why: "full", name: "" };
}

/** Half of a workday, in quarter hours. */
export function halfOf(workdayHours: number): number {
  return Math.round(workdayHours * 2) / 4;
}

/** Without what binary fractions add. */
function exact(hours: number): number {
  return Number(hours.toFixed(2));
}

/** Days on end that follow each other. */
export function joinedDays(days: Day[]): { first: Day; last: Day }[] {
  const spans: { first: Day; last: Day }[] = [];
  for (const day of days) {
    const before = spans.at(-1);
    if (before && daysBetween(before.last, day) === 1) before.last = day;
    else spans.push({ first: day, last: day });
  }
  return spans;
}
