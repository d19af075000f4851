// What the cards of the grid say: of a day of somebody, of a holiday.

import { hoursInWords, remarksOf } from "./day-words";
import { dayInFull } from "./formats";
import { type Feast, daysOfFeast } from "./holidays";
import type { Cell } from "./kinds";
import type { Worker } from "./schedule";

export function DayWords({ worker, cell, role }: { worker: Worker; cell: Cell; role: string }) {
  const { told } = cell;
  const remarks = remarksOf(told);
  return (
    <>
      <b>{worker.fullName}</b>
      {role && <span class="quiet">{role}</span>}
      <p>{dayInFull(cell.day)}</p>
      {told.holiday && <p class="feast">★ {told.holiday.name}</p>}
      {hoursInWords(told).map((line) => (
        <p key={line}>{line}</p>
      ))}
      {remarks.length > 0 && (
        <ul>
          {remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      )}
    </>
  );
}

export function FeastWords({ feast }: { feast: Feast }) {
  return (
    <>
      <b>★ {feast.name}</b>
      <p>{daysOfFeast(feast)}</p>
      <p class="quiet">{feast.companies.join(", ")}</p>
    </>
  );
}
