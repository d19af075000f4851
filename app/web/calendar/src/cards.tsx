// What the cards of the grid say: of a day of somebody, of a holiday.

import type { ComponentChildren } from "preact";
import { hoursInWords, remarksOf } from "./day-words";
import type { Day } from "./days";
import { dayInFull } from "./formats";
import { type Feast, daysOfFeast } from "./holidays";
import type { Cell } from "./kinds";
import { isUndercut } from "./minimum";
import { UndercutWords } from "./people-off";
import type { DaySum, Worker } from "./schedule";

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

interface OfDay {
  day: Day;
  feast: Feast | undefined;
  sum: DaySum | undefined;
  minimum: number | undefined;
}

/** What stands above and below a day in the head, for who comes to it by the keyboard; nothing where nothing does. */
export function headWords({ day, feast, sum, minimum }: OfDay): ComponentChildren {
  const isBelow = sum !== undefined && isUndercut(sum, minimum);
  if (!feast && !isBelow) return null;
  return (
    <>
      {feast && <FeastWords feast={feast} />}
      {isBelow && <UndercutWords day={day} sum={sum} minimum={minimum} />}
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
