// Calendar days as ISO 8601 texts, which compare as the days do. Never through a time zone.
// How people write them is in formats.ts.

import { FIRST_WEEKDAY } from "./language";

export type Day = string;

export const FIRST_DAY: Day = "2000-01-01";
export const LAST_DAY: Day = "2099-12-31";

const MILLISECONDS = 86_400_000;

export function isDay(text: string): text is Day {
  return /^\d{4}-\d\d-\d\d$/.test(text) && addDays(text, 0) === text && text === within(text);
}

/** The nearest day that the gateway knows. */
export function within(day: Day): Day {
  return day < FIRST_DAY ? FIRST_DAY : day > LAST_DAY ? LAST_DAY : day;
}

/** The day on which the person at the screen lives. */
export function today(): Day {
  const now = new Date();
  return dayOf(now.getFullYear(), now.getMonth(), now.getDate());
}

export function addDays(day: Day, count: number): Day {
  const moment = new Date(Date.parse(day) + count * MILLISECONDS);
  return Number.isNaN(moment.getTime()) ? "" : moment.toISOString().slice(0, 10);
}

/** The day so many months later; in a shorter month its last. */
export function addMonths(day: Day, count: number): Day {
  const [year, month, date] = parts(day);
  const lastOfMonth = new Date(Date.UTC(year, month + count + 1, 0)).getUTCDate();
  return dayOf(year, month + count, Math.min(date, lastOfMonth));
}

/** How many days after the first the last is. */
export function daysBetween(first: Day, last: Day): number {
  return (Date.parse(last) - Date.parse(first)) / MILLISECONDS;
}

export function daysFrom(first: Day, last: Day): Day[] {
  return Array.from({ length: daysBetween(first, last) + 1 }, (_, place) => addDays(first, place));
}

export function startOfMonth(day: Day): Day {
  return `${day.slice(0, 7)}-01`;
}

export function startOfQuarter(day: Day): Day {
  const [year, month] = parts(day);
  return dayOf(year, month - (month % 3), 1);
}

/** The day on which the reader's week with this day begins. */
export function startOfWeek(day: Day): Day {
  return addDays(day, -((weekday(day) - FIRST_WEEKDAY + 7) % 7));
}

/** From 0 for Monday to 6 for Sunday. */
export function weekday(day: Day): number {
  return (new Date(Date.parse(day)).getUTCDay() + 6) % 7;
}

/**
 * The number of the reader's week: by ISO 8601 where weeks start on Monday; elsewhere the first week
 * of a year is the one with 1 January.
 */
export function weekNumber(day: Day): number {
  const newYear = `${weekYear(day)}-01-01`;
  return Math.floor(daysBetween(newYear, decidingDayOf(day)) / 7) + 1;
}

/** The year that the day's week belongs to. */
export function weekYear(day: Day): string {
  return decidingDayOf(day).slice(0, 4);
}

/** The day whose year is its week's: by ISO 8601 Thursday, which is in the year with most of the week's days. */
function decidingDayOf(day: Day): Day {
  return addDays(startOfWeek(day), FIRST_WEEKDAY === 0 ? 3 : 6);
}

function parts(day: Day): [year: number, month: number, date: number] {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10))];
}

function dayOf(year: number, month: number, date: number): Day {
  return new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10);
}
