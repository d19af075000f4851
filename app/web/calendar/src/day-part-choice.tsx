// A whole workday, its morning or its afternoon: one press instead of two clock times.

import { PARTS, type Times, partOf, partTimes } from "./day-parts";
import { t } from "./messages";
import { timesText } from "./occurrences";

interface Properties {
  times: Times;
  workdayHours: number;
  onChange: (times: Times) => void;
}

export function DayPartChoice({ times, workdayHours, onChange }: Properties) {
  const chosen = partOf(times, workdayHours);
  return (
    <fieldset class="amounts">
      <legend>{t("part.legend")}</legend>
      {PARTS.map((part) => {
        const own = partTimes(part, workdayHours);
        return (
          <label key={part}>
            <input type="radio" name="part" checked={part === chosen} onChange={() => onChange(own)} />
            <span>
              {t(`part.${part}`)} <small>{timesText(own)}</small>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
