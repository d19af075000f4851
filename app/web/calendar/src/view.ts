// What is looked at, and how the address bar says it.

import { useEffect, useRef, useState } from "preact/hooks";
import {
  type Day,
  addDays,
  addMonths,
  isDay,
  startOfMonth,
  startOfQuarter,
  startOfWeek,
  today,
  weekNumber,
  weekYear,
  within,
} from "./days";
import { daysText, monthText, quarterText } from "./formats";
import { ADDRESSED } from "./language";
import { t } from "./messages";
import { type Settling, readSettling, writeSettling } from "./settle-address";

export const SPANS = ["week", "month", "quarter"] as const;
export type Span = (typeof SPANS)[number];

export interface View {
  span: Span;
  /** Some day of what is shown. */
  day: Day;
  name: string;
  /** Those who have one of these; of none: everybody. */
  roles: readonly string[];
  jobTitles: readonly string[];
  company: string;
  onlyOff: boolean;
  /** Where the systems differ is looked at, in place of the grid. */
  settling: Settling | undefined;
}

export interface Days {
  first: Day;
  last: Day;
}

/** The days that the view shows, never beyond those that the gateway knows. */
export function daysOf({ span, day }: View): Days {
  const [first, next] = unbounded(span, day);
  return { first: within(first), last: within(addDays(next, -1)) };
}

export function shows(view: View, day: Day): boolean {
  const { first, last } = daysOf(view);
  return first <= day && day <= last;
}

/** The week, month or quarter before or after; undefined where the calendar ends. */
export function moved(view: View, count: 1 | -1, lookedAt: Day): View | undefined {
  const [first, next] = unbounded(view.span, view.day);
  const day = count === 1 ? next : addDays(first, -1);
  if (day !== within(day)) return undefined;
  const there = { ...view, day };
  return { ...there, day: shows(there, lookedAt) ? lookedAt : daysOf(there).first };
}

export function titleOf(view: View): string {
  const { first, last } = daysOf(view);
  if (view.span === "month") return monthText(first);
  if (view.span === "quarter") return quarterText(first, last);
  return t("view.week", { week: String(weekNumber(first)), year: weekYear(first) });
}

/** The days of a week as people say them; a month and a quarter are told by their title. */
export function subtitleOf(view: View): string {
  if (view.span !== "week") return "";
  const { first, last } = daysOf(view);
  return daysText(first, last);
}

function unbounded(span: Span, day: Day): [first: Day, next: Day] {
  if (span === "week") {
    const first = startOfWeek(day);
    return [first, addDays(first, 7)];
  }
  if (span === "month") {
    const first = startOfMonth(day);
    return [first, addMonths(first, 1)];
  }
  const first = startOfQuarter(day);
  return [first, addMonths(first, 3)];
}

export function readAddress(search: string): View {
  const said = new URLSearchParams(search);
  const day = said.get("day") ?? "";
  return {
    span: SPANS.find((span) => span === said.get("view")) ?? usualSpan(),
    day: isDay(day) ? day : today(),
    name: said.get("name") ?? "",
    roles: said.getAll("role").filter(Boolean),
    jobTitles: said.getAll("job").filter(Boolean),
    company: said.get("company") ?? "",
    onlyOff: said.get("off") === "1",
    settling: readSettling(said),
  };
}

export function toAddress(view: View): string {
  const said = new URLSearchParams({ view: view.span, day: view.day });
  if (view.name) said.set("name", view.name);
  view.roles.forEach((role) => said.append("role", role));
  view.jobTitles.forEach((title) => said.append("job", title));
  if (view.company) said.set("company", view.company);
  if (view.onlyOff) said.set("off", "1");
  writeSettling(said, view.settling);
  if (ADDRESSED) said.set("lang", ADDRESSED);
  return `?${said}`;
}

/** A month has no room on a phone. */
function usualSpan(): Span {
  return matchMedia("(max-width: 600px)").matches ? "week" : "month";
}

/** How a change shows in the history: as a step that can be taken back, or in place of the last. */
export type Turn = "step" | "replace";

/** What is looked at, and the ways to look at something else. */
export interface Viewing {
  view: View;
  go: (view: View, turn?: Turn) => void;
  /** The view before or after; undefined where the calendar ends. */
  beside: (count: 1 | -1) => View | undefined;
  /** More or fewer days around the day that was looked at. */
  stretch: (span: Span) => void;
  goToToday: () => void;
  /** How often today was asked for: each time it comes into sight again. */
  todays: number;
  /** Note the day that somebody looks at, to come back to it in another view. */
  look: (day: Day) => void;
  lookedAt: () => Day;
}

/** The view that the address bar names, and how to go to another. */
export function useView(): Viewing {
  const [view, setView] = useState(() => readAddress(location.search));
  const [todays, setTodays] = useState(0);
  const lookedAt = useRef(view.day);
  useEffect(() => {
    // The whole view, also what the address left to us: it may be sent to somebody.
    history.replaceState(null, "", toAddress(view));
    const back = () => {
      const before = readAddress(location.search);
      lookedAt.current = before.day;
      setView(before);
    };
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  const go = (next: View, turn: Turn = "step") => {
    const address = toAddress(next);
    if (turn === "step" && address !== location.search) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    setView(next);
  };
  const look = (day: Day) => {
    lookedAt.current = day;
  };
  const stretch = (span: Span) => {
    const day = shows(view, lookedAt.current) ? lookedAt.current : view.day;
    look(day);
    go({ ...view, span, day });
  };
  const goToToday = () => {
    const day = within(today());
    look(day);
    go({ ...view, day });
    setTodays(todays + 1);
  };
  const beside = (count: 1 | -1) => moved(view, count, lookedAt.current);
  return { view, go, beside, stretch, goToToday, todays, look, lookedAt: () => lookedAt.current };
}
