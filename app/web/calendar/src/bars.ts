// Days of one absence that follow each other, drawn as one bar.
//
// Which record a day is of is not read for all the days of a page, that would cost as much again. Neighbours
// that look alike are one bar; across days without work it goes on where a record counts those, too.

import type { Cell } from "./kinds";

/** The cells of one worker, in order; those of a bar know that it goes on beside them. */
export function joined(cells: Cell[]): Cell[] {
  const ends = new Map<number, string>();
  let before = -1;
  cells.forEach((cell, place) => {
    if (isCountedAllTheSame(cell)) return;
    const last = cells[before];
    if (cell.hoursOff > 0 && last && isSameAbsence(last, cell)) {
      ends.set(before, `${ends.get(before) ?? ""} goes-on`);
      ends.set(place, " came-from");
      for (let between = before + 1; between < place; between += 1) ends.set(between, ` between-${cell.kind}`);
    }
    before = cell.hoursOff > 0 ? place : -1;
  });
  if (ends.size === 0) return cells;
  return cells.map((cell, place) => {
    const end = ends.get(place);
    return end ? { ...cell, classes: cell.classes + end } : cell;
  });
}

/** Whether two days are drawn as one absence. */
export function isSameAbsence(one: Cell, other: Cell): boolean {
  const areFull = one.freeHours === 0 && other.freeHours === 0;
  return one.kind === other.kind && (areFull || one.hoursOff === other.hoursOff);
}

/** A weekend day or holiday on which a record has hours, of which no workday is left to take them from. */
function isCountedAllTheSame({ told }: Cell): boolean {
  return told.workdayHours === 0 && told.notes.some(({ code }) => code === "OVER_WORKDAY");
}
