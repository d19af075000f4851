// What a day is shown as. A kind is never told by its colour alone: it has a sign, too.

import { type Day, today, weekday } from "./days";
import { hoursText } from "./formats";
import type { CellDayFragment, DiscrepancyKind } from "./generated";

export type Kind = "paid" | "unpaid" | "unknown" | "conflict" | "holiday" | "off-duty" | "free";


export interface Cell {
  day: Day;
  kind: Kind;
  hoursOff: number;
  freeHours: number;
  /** In the cell. */
  text: string;
  /** How it looks. */
  classes: string;
  /** As the gateway tells it. */
  told: CellDayFragment;
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
    classes: classesOf(day, kind),
    told: day,
  };
}

function classesOf(day: CellDayFragment, kind: Kind): string {
  // A conflict's sign says already that there is more to read.
  const isNoted = day.notes.length > 0 && kind !== "conflict";
  const differs = differenceOf(day) ? " differs" : "";
  return `cell ${kind}${partOf(day)}${differs}${isNoted ? " noted" : ""}${markOf(day.date)}`;
}

/** How much of the cell is filled, in steps that can be told apart. */
function partOf({ hoursOff, availableHours }: CellDayFragment): string {
  if (hoursOff === 0 || availableHours === 0) return "";
  const share = hoursOff / (hoursOff + availableHours);
  return share < 0.4 ? " part less" : share > 0.6 ? " part more" : " part";
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
  return codes.includes("POSSIBLE_DUPLICATE") && differenceOf(day) !== null;
}

/** How the systems differ, unless somebody has said that it is right so. */
export function differenceOf({ discrepancy, acknowledgement }: CellDayFragment): DiscrepancyKind | null {
  return acknowledgement ? null : discrepancy;
}
