// Lengths of days on end that are asked for most, each a button.

import { type Day, addDays, isDay, weekday, within } from "./days";
import { t } from "./messages";

const WEEKS = [1, 2, 3] as const;

interface Properties {
  first: Day;
  last: Day;
  onChange: (last: Day) => void;
}

export function LengthChoice({ first, last, onChange }: Properties) {
  return (
    <div class="lengths" role="group" aria-label={t("form.lengths")}>
      {WEEKS.map((count) => (
        <button
          key={count}
          type="button"
          disabled={!isDay(first)}
          aria-pressed={isDay(first) && last === lastOfWeeks(first, count)}
          onClick={() => onChange(lastOfWeeks(first, count))}
        >
          {t("form.weeks", { count })}
        </button>
      ))}
    </div>
  );
}

/** The last day of so many weeks; a weekend at their end is nobody's time off. */
function lastOfWeeks(first: Day, count: number): Day {
  let last = addDays(first, count * 7 - 1);
  while (weekday(last) > 4) last = addDays(last, -1);
  return within(last);
}
