// The days in the head of the grid: each opens who is free on it. They are one stop of the Tab key.

import { memo } from "preact/compat";
import { useState } from "preact/hooks";
import { type Day, today } from "./days";
import { dateInMonth, dayInFull, weekdayInShort } from "./formats";
import { markOf } from "./kinds";
import { t } from "./messages";

interface Properties {
  days: Day[];
  /** What the holidays are called, by their days. */
  holidays: Map<Day, string>;
  /** What else is to be said of each day, in order; empty where it is nothing. */
  about: string[];
  onOpen: (day: Day) => void;
}

export const DayDoors = memo(({ days, holidays, about, onOpen }: Properties) => {
  const [reached, setReached] = useState(today);
  // Other days may be shown by now.
  const place = Math.max(0, days.indexOf(reached));
  const onKeyDown = (event: KeyboardEvent) => {
    const next = placeAfter(event.key, place, days.length - 1);
    const row = event.currentTarget;
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey || !(row instanceof HTMLElement)) return;
    event.preventDefault();
    const door = row.parentElement?.querySelectorAll<HTMLElement>(".day > button")[next];
    door?.focus();
    door?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  return (
    <>
      {days.map((day, at) => (
        <div
          key={day}
          role="columnheader"
          class={`day${markOf(day)}${holidays.has(day) ? " holiday-above" : ""}`}
          aria-label={[dayInFull(day), holidays.get(day)].filter(Boolean).join(", ")}
          aria-current={day === today() ? "date" : undefined}
          onKeyDown={onKeyDown}
        >
          <span>{weekdayInShort(day)}</span>
          <b>{dateInMonth(day)}</b>
          <button
            type="button"
            tabIndex={at === place ? undefined : -1}
            aria-haspopup="dialog"
            aria-label={t("people.door", { day: dayInFull(day) })}
            aria-describedby={about[at] ? `about-${day}` : undefined}
            title={t("people.door", { day: dayInFull(day) })}
            onFocus={() => setReached(day)}
            onClick={() => onOpen(day)}
          />
          {about[at] && (
            <span id={`about-${day}`} hidden>
              {about[at]}
            </span>
          )}
        </div>
      ))}
    </>
  );
});

function placeAfter(key: string, place: number, last: number): number | undefined {
  if (key === "ArrowLeft") return Math.max(0, place - 1);
  if (key === "ArrowRight") return Math.min(last, place + 1);
  return key === "Home" ? 0 : key === "End" ? last : undefined;
}
