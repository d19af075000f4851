// The weekdays of a workweek, and hours as people write them.

import { addDays } from "../days";
import { hoursText } from "../formats";
import { FIRST_WEEKDAY, LOCALE } from "../language";

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** As weeks begin where the reader lives. */
export const IN_ORDER: readonly Weekday[] = [...WEEKDAYS.slice(FIRST_WEEKDAY), ...WEEKDAYS.slice(0, FIRST_WEEKDAY)];

const A_MONDAY = "2024-01-01";

/** The weekday's name in the reader's language. */
export function nameOf(weekday: Weekday, length: "long" | "short"): string {
  const day = addDays(A_MONDAY, WEEKDAYS.indexOf(weekday));
  return new Intl.DateTimeFormat(LOCALE.toString(), { weekday: length, timeZone: "UTC" }).format(Date.parse(day));
}

/** 7.5 or 7,5 or 7:30, as minutes; undefined: it is none of them, or no whole minutes. */
export function minutesOf(text: string): number | undefined {
  const clock = /^(\d{1,2}):([0-5]\d)$/.exec(text.trim());
  if (clock) return within(Number(clock[1]) * 60 + Number(clock[2]));
  if (!/^\d{1,2}([.,]\d{1,2})?$/.test(text.trim())) return undefined;
  const minutes = Number(text.trim().replace(",", ".")) * 60;
  const whole = Math.round(minutes);
  return Math.abs(minutes - whole) < 1e-6 ? within(whole) : undefined;
}

function within(minutes: number): number | undefined {
  return minutes <= 24 * 60 ? minutes : undefined;
}

/** As it is written into a field: with the reader's point, or as a clock where hundredths would not do. */
export function hoursField(minutes: number): string {
  if ((minutes * 100) % 60 === 0) return hoursText(minutes / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
