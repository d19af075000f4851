// What a day is shown as. A kind is never told by its colour alone: it has a sign, too.

import { type Day, today, weekday, weekdayName } from "./days";
import type { CellDayFragment } from "./generated";

export type Kind = "paid" | "unpaid" | "unknown" | "conflict" | "holiday" | "off-duty" | "free";

/** The kinds of the legend, with what each means. */
export const KINDS: readonly { kind: Kind; name: string; meaning: string; sample: string }[] = [
  { kind: "paid", name: "Paid", meaning: "Procore says that it is paid.", sample: "8" },
  { kind: "unpaid", name: "Unpaid", meaning: "Procore says that it is unpaid.", sample: "8" },
  { kind: "unknown", name: "Unknown", meaning: "Kantata does not say whether it is paid.", sample: "8" },
  {
    kind: "conflict",
    name: "Conflict",
    meaning: "The two systems have different hours, or paid and unpaid times meet.",
    sample: "8",
  },
  { kind: "holiday", name: "Holiday", meaning: "A holiday of the company.", sample: "" },
  { kind: "off-duty", name: "Off duty", meaning: "A day without working hours.", sample: "" },
];

export interface Cell {
  day: Day;
  kind: Kind;
  hoursOff: number;
  freeHours: number;
  /** In the cell. */
  text: string;
  /** For those who cannot see the cell. */
  label: string;
  /** How it looks. */
  classes: string;
}

export function toCell(day: CellDayFragment): Cell {
  const kind = kindOf(day);
  const text = day.hoursOff ? hoursText(day.hoursOff) : "";
  return {
    day: day.date,
    kind,
    hoursOff: day.hoursOff,
    freeHours: day.availableHours,
    text,
    label: `${weekdayName(day.date)} ${day.date}: ${inWords(day, kind)}`,
    classes: classesOf(day, kind),
  };
}

function classesOf(day: CellDayFragment, kind: Kind): string {
  const isPart = day.hoursOff > 0 && day.availableHours > 0;
  // A conflict's sign says already that there is more to read.
  const isNoted = day.notes.length > 0 && kind !== "conflict";
  return `cell ${kind}${isPart ? " part" : ""}${isNoted ? " noted" : ""}${markOf(day.date)}`;
}

/** What is said of a day in every row, as classes. */
export function markOf(day: Day): string {
  return (weekday(day) > 4 ? " weekend" : "") + (day === today() ? " today" : "");
}

export function kindOf(day: CellDayFragment): Kind {
  if (isConflict(day)) return "conflict";
  if (day.hoursOff > 0) return kindOfHours(day);
  if (day.holiday) return "holiday";
  return day.workdayHours > 0 ? "free" : "off-duty";
}

/** What most of the hours are. */
function kindOfHours({ paidHours, unpaidHours, unknownPaidHours }: CellDayFragment): Kind {
  if (unpaidHours > 0 && unpaidHours >= Math.max(paidHours, unknownPaidHours)) return "unpaid";
  return paidHours >= unknownPaidHours ? "paid" : "unknown";
}

/** Both systems have hours of the day but not the same, or Procore has it paid and unpaid. */
function isConflict(day: CellDayFragment): boolean {
  const codes = day.notes.map(({ code }) => code);
  if (codes.includes("PAID_UNPAID_OVERLAP")) return true;
  return codes.includes("POSSIBLE_DUPLICATE") && day.discrepancy !== null;
}

function inWords(day: CellDayFragment, kind: Kind): string {
  if (kind === "free") return `free, ${hoursText(day.availableHours)} h`;
  if (kind === "holiday") return `holiday, ${day.holiday?.name}`;
  if (kind === "off-duty") return "off duty";
  const name = KINDS.find((each) => each.kind === kind)?.name.toLowerCase();
  const free = day.availableHours ? `, ${hoursText(day.availableHours)} h free` : "";
  return `${hoursText(day.hoursOff)} h off, ${name}${free}`;
}

/** Hours as people write them: at most two digits behind the point, none that say nothing. */
export function hoursText(hours: number): string {
  return String(Math.round(hours * 100) / 100);
}
