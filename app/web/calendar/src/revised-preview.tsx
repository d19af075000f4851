// What a change of a record would do: which days go, come and stay, and what becomes of exceptions.

import type { ComponentChildren } from "preact";
import { type Day, dayText } from "./days";
import type { Cell } from "./kinds";
import { type Occurrence, type SpanRecord, exceptionText } from "./occurrences";
import { Becoming, Warnings, count } from "./preview";
import { cycleOf } from "./repeats";
import type { Revised } from "./revising";

/** So many days of each kind are named; the list below has them all. */
const NAMED_DAYS = 3;

interface Properties {
  revised: Revised;
  /** The record as it is before. */
  record: SpanRecord;
  /** The day that the dialog was opened from. */
  day: Day;
  now: Map<string, Cell>;
}

export function RevisedPreview({ revised, record, day, now }: Properties) {
  const { removed, added, kept, keptExceptions, dropped, warnings, days, splitOff, endsOn } = revised;
  return (
    <>
      <ul class="moves" aria-label="What happens to its days">
        <Move sign="−" days={removed} one="day goes" more="days go" beside={day} />
        <Move sign="+" days={added} one="day comes" more="days come" beside={day} />
        <Move sign="=" days={kept} one="day stays" more="days stay" beside={day} />
      </ul>
      {splitOff && endsOn && (
        <p>
          It ends on {dayText(endsOn, day)}. A record of its own goes on from {dayText(splitOff.startDay, day)}
          {splitOff.repeat !== "NEVER" &&
            `, ${cycleOf(splitOff.repeat, splitOff.cadence)} until ${dayText(splitOff.repeatEndDay ?? "", day)}`}
          .
        </p>
      )}
      <Exceptions record={record} exceptions={dropped} beside={day} class="dropped">
        {count(dropped.length, "changed occurrence is lost", "changed occurrences are lost")}
      </Exceptions>
      <Exceptions record={record} exceptions={keptExceptions} beside={day}>
        {count(keptExceptions.length, "changed occurrence", "changed occurrences")} afterwards
      </Exceptions>
      <Warnings warnings={warnings} />
      {days.length > 0 && <Becoming days={days} now={now} />}
    </>
  );
}

function Move(move: { sign: string; days: Day[]; one: string; more: string; beside: Day }) {
  const { sign, days, one, more, beside } = move;
  if (days.length === 0) return null;
  const named = days.slice(0, NAMED_DAYS).map((each) => dayText(each, beside));
  return (
    <li>
      <i aria-hidden="true">{sign}</i>
      <span>
        <b>{count(days.length, one, more)}</b>: {named.join(", ")}
        {days.length > NAMED_DAYS && ", …"}
      </span>
    </li>
  );
}

interface ExceptionsProperties {
  record: SpanRecord;
  exceptions: Occurrence[];
  beside: Day;
  class?: string;
  children: ComponentChildren;
}

function Exceptions({ record, exceptions, beside, class: className, children }: ExceptionsProperties) {
  if (exceptions.length === 0) return null;
  return (
    <details class={className} open={exceptions.length <= NAMED_DAYS}>
      <summary>{children}</summary>
      <ul>
        {exceptions.map((each) => (
          <li key={each.originalDay}>{exceptionText(record, each, beside)}</li>
        ))}
      </ul>
    </details>
  );
}
