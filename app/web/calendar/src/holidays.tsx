// The holidays of the shown days, by name, above them.

import { memo } from "preact/compat";
import { type Day } from "./days";
import { dayInFull } from "./formats";
import { t } from "./messages";
import type { Row } from "./schedule";

/** Days on end that are the same holiday, or the same ones of several companies. */
export interface Feast {
  name: string;
  first: Day;
  last: Day;
  /** The place of its first day. */
  place: number;
  count: number;
  companies: string[];
}

/** A letter of a name, in days of the narrowest view: a name is longer than its day is wide. */
const DAYS_OF_A_LETTER = 0.25;

/** Return the holidays of those whose rows are shown, in order. */
export function feastsOf(days: Day[], rows: Row[]): Feast[] {
  const names = days.map(() => new Map<string, Set<string>>());
  for (const { worker, cells } of rows) {
    cells.forEach(({ told }, place) => {
      const name = told.holiday?.name;
      if (!name) return;
      const companies = names[place]?.get(name);
      if (companies) companies.add(worker.company.name);
      else names[place]?.set(name, new Set([worker.company.name]));
    });
  }
  const feasts: Feast[] = [];
  names.forEach((companiesOf, place) => {
    if (companiesOf.size === 0) return;
    const day = days[place] ?? "";
    const name = [...companiesOf.keys()].join(", ");
    const companies = [...new Set([...companiesOf.values()].flatMap((each) => [...each]))];
    const before = feasts.at(-1);
    if (before?.name === name && before.place + before.count === place) {
      before.count += 1;
      before.last = day;
    } else feasts.push({ name, first: day, last: day, place, count: 1, companies });
  });
  return feasts;
}

/** Where a name is written: from its first day on, or up to its last where the days end before the name does. */
function roomOf(feast: Feast, before: Feast | undefined, after: Feast | undefined, count: number) {
  const needed = Math.max(feast.count, Math.ceil(feast.name.length * DAYS_OF_A_LETTER) + 1);
  const last = feast.place + feast.count;
  const roomBehind = (after?.place ?? count) - feast.place;
  const roomBefore = last - (before ? before.place + before.count : 0);
  if (roomBehind >= needed || roomBefore <= roomBehind) {
    return { start: feast.place, end: feast.place + Math.min(needed, roomBehind), isToTheLeft: false };
  }
  return { start: last - Math.min(needed, roomBefore), end: last, isToTheLeft: true };
}

export const FeastRow = memo(({ feasts, count }: { feasts: Feast[]; count: number }) => {
  if (feasts.length === 0) return null;
  return (
    <div class="row feasts" role="row" aria-rowindex={3}>
      <div class="name" role="columnheader">
        {t("grid.holidays")}
      </div>
      {feasts.map((feast, index) => {
        const room = roomOf(feast, feasts[index - 1], feasts[index + 1], count);
        return (
          <div
            key={feast.place}
            role="columnheader"
            class={room.isToTheLeft ? "feast to-the-left" : "feast"}
            aria-label={t("grid.holiday", { name: feast.name, days: daysOfFeast(feast) })}
            data-feast={index}
            style={{ gridColumn: `${room.start + 2} / ${room.end + 2}` }}
          >
            {feast.name}
          </div>
        );
      })}
      <div class="sum" role="columnheader" aria-hidden="true" style={{ gridColumn: `${count + 2} / span 2` }} />
    </div>
  );
});

/** The holidays of the day at a place. */
export function feastAt(feasts: Feast[], at: number): Feast | undefined {
  return feasts.find(({ place, count }) => place <= at && at < place + count);
}

export function feastInWords(feast: Feast): string {
  return [t("grid.holiday", { name: feast.name, days: daysOfFeast(feast) }), feast.companies.join(", ")].join(". ");
}

export function daysOfFeast({ first, last }: Feast): string {
  if (first === last) return dayInFull(first);
  return t("days.span", { first: dayInFull(first), last: dayInFull(last) });
}
