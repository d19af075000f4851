// A day in words: in short for those who hear it, at length for the card.

import { dayInFull } from "./formats";
import type { CellDayFragment } from "./generated";
import { type Cell, differenceOf } from "./kinds";
import { t } from "./messages";

/** Many cells of a day say the same, and there are so many cells that it is put into words once. */
const labels = new Map<string, string>();

/** What the cell says to those who cannot see it. */
export function labelOf({ day, told, kind }: Cell): string {
  const { hoursOff, availableHours, holiday } = told;
  const difference = differenceOf(told);
  const key = `${day} ${kind} ${hoursOff} ${availableHours} ${difference} ${holiday?.name}`;
  const known = labels.get(key);
  if (known !== undefined) return known;
  const what = inShort(told, kind);
  const label = t("cell.label", {
    day: dayInFull(day),
    what: difference ? t("cell.differing", { what, how: t(`differs.short.${difference}`) }) : what,
  });
  labels.set(key, label);
  return label;
}

function inShort({ hoursOff: off, availableHours: free, holiday }: CellDayFragment, kind: Cell["kind"]): string {
  if (kind === "free") return t("cell.free", { free });
  if (kind === "holiday") return t("cell.holiday", { name: holiday?.name ?? "" });
  if (kind === "off-duty") return t("cell.off-duty");
  return t(`cell.${kind}`, { off, free });
}

/** Hours off, of which kind, and how many are left. */
export function hoursInWords({ hoursOff: off, availableHours: free, workdayHours: workday, ...day }: CellDayFragment) {
  if (off === 0) return workday > 0 ? [t("card.free", { free })] : day.holiday ? [] : [t("kind.off-duty")];
  const shares = [
    day.paidHours > 0 && t("card.paid", { hours: day.paidHours }),
    day.unpaidHours > 0 && t("card.unpaid", { hours: day.unpaidHours }),
    day.unknownPaidHours > 0 && t("card.unknown", { hours: day.unknownPaidHours }),
  ].filter((share) => share !== false);
  return [t("card.off", { off, workday }), ...shares, t("card.free", { free })];
}

/** What deserves a look: how the systems differ, and the notes. */
export function remarksOf({ discrepancy, acknowledgement, notes }: CellDayFragment): string[] {
  const difference = discrepancy ? [t(`differs.${discrepancy}`)] : [];
  const isRight = acknowledgement ? [t("differs.acknowledged")] : [];
  return [...difference, ...isRight, ...notes.map(({ code }) => t(`note.${code}`))];
}
