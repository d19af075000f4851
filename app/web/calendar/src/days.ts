// Calendar days as ISO 8601 texts, which compare as the days do. Never through a time zone.

export type Day = string;

export const FIRST_DAY: Day = "2000-01-01";
export const LAST_DAY: Day = "2099-12-31";

const MILLISECONDS = 86_400_000;
const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
];

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

export function startOfWeek(day: Day): Day {
  return addDays(day, -weekday(day));
}

/** From 0 for Monday to 6 for Sunday. */
export function weekday(day: Day): number {
  return (new Date(Date.parse(day)).getUTCDay() + 6) % 7;
}

export function weekdayName(day: Day): string {
  return WEEKDAYS[weekday(day)] ?? "";
}

/** As people say it, such as "Wed 11 March"; with the year where it is not that of the day beside it. */
export function dayText(day: Day, beside: Day): string {
  const year = day.slice(0, 4) === beside.slice(0, 4) ? "" : ` ${day.slice(0, 4)}`;
  return `${weekdayName(day).slice(0, 3)} ${Number(day.slice(8))} ${monthName(day)}${year}`;
}

/** A day, or the first and the last of several. */
export function spanText(first: Day, last: Day, beside: Day): string {
  return first === last ? dayText(first, beside) : `${dayText(first, beside)} to ${dayText(last, beside)}`;
}

export function monthName(day: Day): string {
  return MONTHS[parts(day)[1]] ?? "";
}

/** The number of the day's week by ISO 8601. */
export function weekNumber(day: Day): number {
  const newYear = `${weekYear(day)}-01-01`;
  return Math.floor((Date.parse(thursdayOf(day)) - Date.parse(newYear)) / MILLISECONDS / 7) + 1;
}

/** The year that the day's week belongs to: that of its Thursday. */
export function weekYear(day: Day): string {
  return thursdayOf(day).slice(0, 4);
}

function thursdayOf(day: Day): Day {
  return addDays(startOfWeek(day), 3);
}

function parts(day: Day): [year: number, month: number, date: number] {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10))];
}

function dayOf(year: number, month: number, date: number): Day {
  return new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10);
}
