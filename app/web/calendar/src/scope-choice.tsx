// How much of a repeat is meant, in the words that every calendar has.

import { dayText, spanText } from "./days";
import { followingOf, occurrenceOf, repeats, takingPlace } from "./occurrences";
import type { Scope, Target } from "./revision";

interface Choice {
  scope: Scope;
  name: string;
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
      {choicesOf(target).map(({ scope, name, what, isThere }) => (
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
            <b>{name}</b>
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
  const gone = { what: "Not there any more", isThere: false };
  const following = occurrence ? followingOf(record, occurrence) : [];
  return [
    {
      scope: "ONE",
      name: "This one",
      ...(occurrence
        ? {
            what: isSkipped ? "Skipped meanwhile" : spanText(occurrence.startDay, occurrence.endDay, originalDay),
            isThere: !isSkipped,
          }
        : gone),
    },
    {
      scope: "FOLLOWING",
      name: "This and following",
      ...(occurrence
        ? { what: `${following.length} from ${dayText(originalDay, originalDay)} on`, isThere: true }
        : gone),
    },
    {
      scope: "ALL",
      name: "All",
      what: `${takingPlace(record).length}, ${spanText(record.startDay, record.endDay, originalDay)}`,
      isThere: true,
    },
  ];
}
