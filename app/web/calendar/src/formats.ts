// Days, clock times and numbers as people write them in the reader's language and region.

import { type Day, addDays } from "./days";
import { LOCALE } from "./language";
import { t } from "./messages";

type How = Intl.DateTimeFormatOptions;

const TAG = LOCALE.toString();
/** A day is no moment: it is the same in every time zone. */
const dates = (how: How) => new Intl.DateTimeFormat(TAG, { ...how, timeZone: "UTC" });

const IN_FULL = dates({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const IN_SHORT = dates({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const OF_THIS_YEAR = dates({ weekday: "short", day: "numeric", month: "long" });
const OF_ANOTHER_YEAR = dates({ weekday: "short", day: "numeric", month: "long", year: "numeric" });
const WITHOUT_WEEKDAY = dates({ day: "numeric", month: "long", year: "numeric" });
const WEEKDAY = dates({ weekday: "short" });
const MONTH = dates({ month: "long" });
const MONTH_OF_YEAR = dates({ month: "long", year: "numeric" });
const MONTH_IN_SHORT = dates({ month: "short" });
const MONTH_OF_YEAR_IN_SHORT = dates({ month: "short", year: "numeric" });
const CLOCK = new Intl.DateTimeFormat(TAG, { timeStyle: "short", timeZone: "UTC" });
const CLOCK_HERE = new Intl.DateTimeFormat(TAG, { timeStyle: "short" });
const MOMENT_HERE = new Intl.DateTimeFormat(TAG, { dateStyle: "medium", timeStyle: "short" });
const HOURS = new Intl.NumberFormat(TAG, { maximumFractionDigits: 2 });

/** There are few days on a page, and each is named in many cells. */
const inFull = new Map<Day, string>();

/** With weekday and year, such as "Wednesday 11 March 2026". */
export function dayInFull(day: Day): string {
  let text = inFull.get(day);
  if (text === undefined) inFull.set(day, (text = written(day, IN_FULL)));
  return text;
}

/** With weekday and year where there is little room, such as "Wed, 11 Mar 2026". */
export function dayInShort(day: Day): string {
  return written(day, IN_SHORT);
}

/** Such as "11 March 2026". */
export function dateText(day: Day): string {
  return written(day, WITHOUT_WEEKDAY);
}

/** As people say it, such as "Wed 11 March"; with the year where it is not that of the day beside it. */
export function dayText(day: Day, beside: Day): string {
  return written(day, day.slice(0, 4) === beside.slice(0, 4) ? OF_THIS_YEAR : OF_ANOTHER_YEAR);
}

/** A day, or the first and the last of several. */
export function spanText(first: Day, last: Day, beside: Day): string {
  if (first === last) return dayText(first, beside);
  return t("days.span", { first: dayText(first, beside), last: dayText(last, beside) });
}

/** Days on end without their weekdays, such as "2 – 8 March 2026". */
export function daysText(first: Day, last: Day): string {
  return WITHOUT_WEEKDAY.formatRange(Date.parse(first), Date.parse(last));
}

/** Two letters above a column. */
export function weekdayInShort(day: Day): string {
  return [...written(day, WEEKDAY)].slice(0, 2).join("");
}

/** The day's number in its month. */
export function dateInMonth(day: Day): string {
  return String(Number(day.slice(8)));
}

export function monthText(day: Day): string {
  return asTitle(written(day, MONTH_OF_YEAR));
}

/** The first and the last month of a year's quarter. */
export function quarterText(first: Day, last: Day): string {
  const [from, to] = [first, last].map((day) => written(day, MONTH)) as [string, string];
  return asTitle(t("view.quarter", { first: from, last: to, year: first.slice(0, 4) }));
}

/** The months, and where it matters the years, that some days on end lie in: "Mar – Apr". */
export function monthsOf(first: Day, count: number, length: "long" | "short"): string {
  const last = addDays(first, count - 1);
  const isOneYear = first.slice(0, 4) === last.slice(0, 4);
  const format = !isOneYear ? MONTH_OF_YEAR_IN_SHORT : length === "long" ? MONTH : MONTH_IN_SHORT;
  return format.formatRange(Date.parse(first), Date.parse(last));
}

/** A time of day of the gateway's, such as "14:30", as clocks there show it. */
export function timeText(time: string): string {
  return CLOCK.format(Date.parse(`2000-01-01T${time.slice(0, 5)}Z`));
}

/** A moment as the clock at the screen shows it. */
export function clockText(moment: Date): string {
  return CLOCK_HERE.format(moment);
}

/** Day and time, as the calendar and the clock at the screen show them. */
export function momentText(moment: Date): string {
  return MOMENT_HERE.format(moment);
}

export function hoursText(hours: number): string {
  return HOURS.format(hours);
}

const POINT = HOURS.formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".";

/** Hours that stand with a point, as the reader would type them: "7,5". */
export function hoursToType(hours: string): string {
  return hours.replace(".", POINT);
}

/** With a point what was typed with that or with a comma; empty where it is no number. */
export function typedHours(text: string): string {
  const hours = text.trim().replace(",", ".");
  return /^-?(\d+\.?\d*|\.\d+)$/.test(hours) ? hours : "";
}

/** The first letter as at the beginning of a sentence. */
export function asTitle(text: string): string {
  const [first = "", ...others] = text;
  return first.toLocaleUpperCase(TAG) + others.join("");
}

function written(day: Day, format: Intl.DateTimeFormat): string {
  const moment = Date.parse(day);
  return Number.isNaN(moment) ? day : format.format(moment);
}
