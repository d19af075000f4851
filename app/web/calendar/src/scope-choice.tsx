// How much of a repeat is meant, in the words that every calendar has.

import { dayText, spanText } from "./formats";
import { t } from "./messages";
import { followingOf, occurrenceOf, repeats, takingPlace } from "./occurrences";
import type { Scope, Target } from "./revision";

interface Choice {
  scope: Scope;
  what: string;
  isThere: boolean;
}

interface Properties {
  legend: string;
  target: Target;
  onChange: (scope: Scope) => void;
}

/** Nothing where there is nothing to choose. */
export function ScopeChoice({ legend, target, onChange }: Properties) {
  if (!repeats(target.record)) return null;
  return (
    <fieldset class="models scopes">
      <legend>{legend}</legend>
      {choicesOf(target).map(({ scope, what, isThere }) => (
        <label key={scope}>
          <input
            type="radio"
            name="scope"
            value={scope}
            checked={target.scope === scope}
            disabled={!isThere}
            onChange={() => onChange(scope)}
          />
          <span>
            <b>{t(`scope.${scope}`)}</b>
            <span>{what}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function choicesOf({ record, originalDay }: Target): Choice[] {
  const occurrence = occurrenceOf(record, originalDay);
  const isSkipped = occurrence?.status === "SKIPPED";
  const gone = { what: t("scope.gone"), isThere: false };
  const following = occurrence ? followingOf(record, occurrence) : [];
  return [
    {
      scope: "ONE",
      ...(occurrence
        ? {
            what: isSkipped ? t("scope.skipped") : spanText(occurrence.startDay, occurrence.endDay, originalDay),
            isThere: !isSkipped,
          }
        : gone),
    },
    {
      scope: "FOLLOWING",
      ...(occurrence
        ? {
            what: t("scope.from", { count: following.length, day: dayText(originalDay, originalDay) }),
            isThere: true,
          }
        : gone),
    },
    {
      scope: "ALL",
      what: t("scope.all", {
        count: takingPlace(record).length,
        span: spanText(record.startDay, record.endDay, originalDay),
      }),
      isThere: true,
    },
  ];
}
