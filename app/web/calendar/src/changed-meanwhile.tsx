// Somebody else has changed what one is about to change: what it is now, and the way on.

import { type Day, spanText } from "./days";
import { exceptionText, exceptionsOf, occurrenceOf, repeats, timesText, type SpanRecord } from "./occurrences";
import { cycleOf } from "./repeats";

interface Properties {
  /** What the form was filled from. */
  then: SpanRecord;
  /** Null where it is gone. */
  now: SpanRecord | null;
  originalDay: Day;
  onGoOn: (record: SpanRecord) => void;
}

export function ChangedMeanwhile({ then, now, originalDay, onGoOn }: Properties) {
  if (!now) {
    return (
      <div class="banner" role="alert">
        <p>Somebody has deleted this time off meanwhile.</p>
      </div>
    );
  }
  const changes = differences(factsOf(then, originalDay), factsOf(now, originalDay));
  return (
    <div class="banner meanwhile" role="alert">
      <p>
        <b>Somebody has changed this time off meanwhile.</b>{" "}
        {changes.length > 0 ? "Now it is:" : "Nothing that is shown here is otherwise now."}
      </p>
      {changes.length > 0 && (
        <dl>
          {changes.map(({ name, before, after }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {after} <small>before: {before}</small>
              </dd>
            </div>
          ))}
        </dl>
      )}
      <button type="button" onClick={() => onGoOn(now)}>
        Go on with what it is now
      </button>
      <p>What you have written stays.</p>
    </div>
  );
}

type Facts = [name: string, text: string][];

function differences(then: Facts, now: Facts) {
  const before = new Map(then);
  return now
    .filter(([name, text]) => before.get(name) !== text)
    .map(([name, text]) => ({ name, before: before.get(name) ?? "nothing", after: text }));
}

function factsOf(record: SpanRecord, originalDay: Day): Facts {
  const { applyToSaturday, applyToSunday, reason, repeat, cadence, repeatEndDay } = record;
  const others = exceptionsOf(record).filter((each) => each.originalDay !== originalDay);
  const facts: Facts = [
    ["Days", spanText(record.startDay, record.endDay, originalDay)],
    ["Time", timesText(record)],
    ["Paid", record.isPaid ? "Yes" : "No"],
    ["Saturdays", applyToSaturday ? "count" : "do not count"],
    ["Sundays", applyToSunday ? "count" : "do not count"],
    ["Repeats", repeat === "NEVER" ? "never" : `${cycleOf(repeat, cadence)} until ${repeatEndDay}`],
  ];
  if (reason !== null) facts.push(["Reason", reason]);
  if (!repeats(record)) return facts;
  const exceptions = others.map((each) => exceptionText(record, each, originalDay)).join("; ");
  return [["This one", thisOne(record, originalDay)], ...facts, ["Other changed occurrences", exceptions || "none"]];
}

function thisOne(record: SpanRecord, originalDay: Day): string {
  const occurrence = occurrenceOf(record, originalDay);
  if (!occurrence) return "not there any more";
  if (occurrence.status === "SKIPPED") return "skipped";
  const { startDay, endDay, isPaid } = occurrence;
  return `${spanText(startDay, endDay, originalDay)}, ${timesText(occurrence)}, ${isPaid ? "paid" : "unpaid"}`;
}
