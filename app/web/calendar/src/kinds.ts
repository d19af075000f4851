// What a day is shown as. A kind is never told by its colour alone: it has a sign, too.

import { type Day, today, weekday } from "./days";
import { dayInFull, hoursText } from "./formats";
import type { CellDayFragment } from "./generated";
import { t } from "./messages";

export type Kind = "paid" | "unpaid" | "unknown" | "conflict" | "holiday" | "off-duty" | "free";

/** The kinds of the legend. */
export const KINDS = [
  { kind: "paid", sample: "8" },
  { kind: "unpaid", sample: "8" },
  { kind: "unknown", sample: "8" },
  { kind: "conflict", sample: "8" },
  { kind: "holiday", sample: "" },
  { kind: "off-duty", sample: "" },
] as const;

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
    label: labelOf(day, kind),
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

/** Many cells of a day say the same, and there are so many cells that it is put into words once. */
const labels = new Map<string, string>();

function labelOf(day: CellDayFragment, kind: Kind): string {
  const { date, hoursOff, availableHours, holiday } = day;
  const key = `${date} ${kind} ${hoursOff} ${availableHours} ${holiday?.name}`;
  const known = labels.get(key);
  if (known !== undefined) return known;
  const label = t("cell.label", { day: dayInFull(date), what: inWords(day, kind) });
  labels.set(key, label);
  return label;
}

function inWords({ hoursOff: off, availableHours: free, holiday }: CellDayFragment, kind: Kind): string {
  if (kind === "free") return t("cell.free", { free });
  if (kind === "holiday") return t("cell.holiday", { name: holiday?.name ?? "" });
  if (kind === "off-duty") return t("cell.off-duty");
  return t(`cell.${kind}`, { off, free });
}
