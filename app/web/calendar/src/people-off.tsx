// How many people are off on each day, as bars, with the line above which too few are left.

import type { Choices } from "./choices";
import type { Day } from "./days";
import { dayInFull, dayText } from "./formats";
import { markOf } from "./kinds";
import { t } from "./messages";
import { isOneToBeChosen, isUndercut, mostOffOf, notHeldOf } from "./minimum";
import type { DaySum } from "./schedule";
import type { View } from "./view";

interface Properties {
  days: Day[];
  sums: DaySum[];
  minimum: number | undefined;
  isComplete: boolean;
}

/** A line so far above the bars that it would make them all small is left out. */
const HIGHEST_LINE = 2;

export function PeopleOffRow({ days, sums, minimum, isComplete }: Properties) {
  // While rows are on their way, nobody knows how many are free.
  const held = isComplete ? minimum : undefined;
  const mostOff = Math.max(1, ...sums.map(({ peopleOff }) => peopleOff));
  const lines = sums.map((sum) => mostOffOf(sum, held) ?? 0).filter((line) => line <= mostOff * HIGHEST_LINE);
  const top = Math.max(mostOff, ...lines);
  return (
    <div class="row bars" role="row" aria-rowindex={5}>
      <div class="name" role="rowheader">
        {t(isComplete ? "grid.peopleOff" : "grid.peopleOffSoFar")}
      </div>
      {sums.map((sum, place) => {
        const day = days[place] ?? "";
        const line = mostOffOf(sum, held);
        const isBelow = isUndercut(sum, held);
        return (
          <div
            key={day}
            role="gridcell"
            class={`total${markOf(day)}${isBelow ? " undercut" : ""}`}
            aria-label={isBelow ? `${sum.peopleOff}, ${minimumText(sum, minimum)}` : undefined}
            data-sum={isBelow ? place : undefined}
          >
            {sum.peopleOff > 0 && <i style={{ height: `${(sum.peopleOff / top) * 100}%` }} />}
            {line !== undefined && line <= top && <u style={{ bottom: `${(line / top) * 100}%` }} />}
            <span>{sum.peopleOff || ""}</span>
          </div>
        );
      })}
      <div class="sum" role="gridcell" />
      <div class="sum" role="gridcell" />
    </div>
  );
}

export function minimumText({ peopleFree: free }: DaySum, minimum = 0): string {
  return t("minimum.undercut", { free, minimum });
}

/** What the card of such a day says. */
export function UndercutWords({ day, sum, minimum }: { day: Day; sum: DaySum; minimum: number | undefined }) {
  return (
    <>
      <b>{dayInFull(day)}</b>
      <p>{minimumText(sum, minimum)}</p>
    </>
  );
}

/** So many days are named one by one. */
const NAMED_DAYS = 4;

/** The days on which too few are free, below the grid. */
export function UndercutLine({ days, minimum }: { days: Day[]; minimum: number | undefined }) {
  const [first] = days;
  if (minimum === undefined || first === undefined) return null;
  const named = days.slice(0, NAMED_DAYS).map((day) => dayText(day, first));
  const listed =
    days.length > NAMED_DAYS
      ? t("minimum.andMore", { days: named.join(" · "), more: days.length - NAMED_DAYS })
      : named.join(" · ");
  return (
    <p class="undercut-line">
      <b aria-hidden="true">▼</b> {t("minimum.days", { minimum, days: listed })}
    </p>
  );
}

/** Why there is no line although a company has set a minimum. */
export function NoLine({ view, choices }: { view: View; choices: Choices | undefined }) {
  const notHeld = notHeldOf(view, choices);
  if (notHeld) return <p class="no-line">{t("minimum.filtered", notHeld)}</p>;
  return isOneToBeChosen(view, choices) ? <p class="no-line">{t("minimum.companies")}</p> : null;
}
