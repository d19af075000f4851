// What a change of a record would do: which days go, come and stay, and what becomes of exceptions.

import type { ComponentChildren } from "preact";
import type { Day } from "./days";
import { dayText } from "./formats";
import type { Cell } from "./kinds";
import { rich, t } from "./messages";
import { type Occurrence, type SpanRecord, exceptionText } from "./occurrences";
import { Becoming, Warnings } from "./preview";
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
  const { removed, added, kept, keptExceptions, dropped, warnings, days } = revised;
  return (
    <>
      <ul class="moves" aria-label={t("revised.label")}>
        <Move sign="−" what="goes" days={removed} beside={day} />
        <Move sign="+" what="comes" days={added} beside={day} />
        <Move sign="=" what="stays" days={kept} beside={day} />
      </ul>
      <SplitOff revised={revised} beside={day} />
      <Exceptions record={record} exceptions={dropped} beside={day} class="dropped">
        {t("revised.lost", { count: dropped.length })}
      </Exceptions>
      <Exceptions record={record} exceptions={keptExceptions} beside={day}>
        {t("revised.kept", { count: keptExceptions.length })}
      </Exceptions>
      <Warnings warnings={warnings} />
      {days.length > 0 && <Becoming days={days} now={now} />}
    </>
  );
}

function SplitOff({ revised: { splitOff, after }, beside }: { revised: Revised; beside: Day }) {
  if (!splitOff || !after) return null;
  const { startDay, repeat, cadence, repeatEndDay } = splitOff;
  const [end, start] = [dayText(after.endDay, beside), dayText(startDay, beside)];
  if (repeat === "NEVER") return <p>{t("revised.splitOff", { end, start })}</p>;
  const until = dayText(repeatEndDay ?? "", beside);
  return <p>{t("revised.splitOffRepeats", { end, start, cycle: cycleOf(repeat, cadence), until })}</p>;
}

function Move(move: { sign: string; what: "goes" | "comes" | "stays"; days: Day[]; beside: Day }) {
  const { sign, what, days, beside } = move;
  if (days.length === 0) return null;
  const named = days.slice(0, NAMED_DAYS).map((each) => dayText(each, beside)).join(", ");
  const isMore = days.length > NAMED_DAYS;
  return (
    <li>
      <i aria-hidden="true">{sign}</i>
      <span>
        {rich(`revised.${what}`, {
          count: days.length,
          days: isMore ? t("revised.andMore", { days: named }) : named,
        })}
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
