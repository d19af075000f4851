// One day of everybody who is shown: who is free on it, who is for a part of it, and who is not.

import { useMemo } from "preact/hooks";
import type { Day } from "./days";
import { Dialog } from "./dialog";
import { dayInFull } from "./formats";
import { roleOf } from "./grid";
import { feastAt, feastsOf } from "./holidays";
import type { Cell } from "./kinds";
import { t } from "./messages";
import { isUndercut } from "./minimum";
import { minimumText } from "./people-off";
import { type Row, type Schedule, type Worker, sumByDay } from "./schedule";

const GROUPS = ["free", "partly", "off", "notWorking"] as const;
type Group = (typeof GROUPS)[number];

interface Properties {
  schedule: Schedule;
  day: Day;
  /** How many are to be free on a workday. */
  minimum: number | undefined;
  /** How many fit the filter, and whether there are more to come. */
  counted: string;
  onOpen: (worker: Worker) => void;
  onClose: () => void;
}

export function DayPeople({ schedule, day, minimum, counted, onOpen, onClose }: Properties) {
  const { days, rows, total } = schedule;
  const place = days.indexOf(day);
  const groups = useMemo(() => grouped(rows, place), [rows, place]);
  const said = useMemo(() => {
    const feast = feastAt(feastsOf(days, rows), place);
    const sum = sumByDay(days, rows)[place];
    const held = rows.length === total ? minimum : undefined;
    return { feast, below: sum && isUndercut(sum, held) ? minimumText(sum, held) : undefined };
  }, [rows, place, minimum]);
  return (
    <Dialog title={dayInFull(day)} subtitle={counted} class="panel" onClose={onClose}>
      <div class="window-body day-people" tabIndex={-1}>
        {said.feast && <p class="remark">★ {[said.feast.name, ...said.feast.companies].join(" · ")}</p>}
        {said.below && <p class="remark">▼ {said.below}</p>}
        {GROUPS.map((group) => {
          const found = groups[group];
          return (
            // Who is free is what one asks: that there is nobody is an answer as well.
            (found.length > 0 || group === "free") && (
              <section key={group} aria-labelledby={`people-${group}`}>
                <h3 id={`people-${group}`}>{t(`people.${group}`, { count: found.length })}</h3>
                <ul>
                  {found.map(({ worker, cell }) => (
                    <li key={worker.id}>
                      <button type="button" onClick={() => onOpen(worker)}>
                        <b>{worker.fullName}</b> <span class="quiet">{roleOf(worker)}</span>
                      </button>
                      <span class="quiet">{hoursOf(group, cell)}</span>
                    </li>
                  ))}
                </ul>
              </section>
            )
          );
        })}
      </div>
    </Dialog>
  );
}

function grouped(rows: Row[], place: number): Record<Group, { worker: Worker; cell: Cell }[]> {
  const groups: Record<Group, { worker: Worker; cell: Cell }[]> = { free: [], partly: [], off: [], notWorking: [] };
  for (const { worker, cells } of rows) {
    const cell = cells[place];
    if (cell) groups[groupOf(cell)].push({ worker, cell });
  }
  return groups;
}

function groupOf({ hoursOff, freeHours }: Cell): Group {
  if (freeHours > 0) return hoursOff > 0 ? "partly" : "free";
  return hoursOff > 0 ? "off" : "notWorking";
}

/** What is left of the day; of a day without work which holiday it is, if any. */
function hoursOf(group: Group, { freeHours, told }: Cell): string {
  if (group === "off") return "";
  return group === "notWorking" ? (told.holiday?.name ?? "") : t("people.hours", { hours: freeHours });
}
