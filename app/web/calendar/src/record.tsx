// A record of a day: what it says of it, and for who may write it the ways to change it.

import { type Day, dayText } from "./days";
import { ChangedOccurrences } from "./changed-occurrences";
import type { OpenDayQuery, RepeatsQuery } from "./generated";
import { hoursText } from "./kinds";
import {
  type Occurrence,
  type SpanRecord,
  changesOf,
  exceptionText,
  occurrencesGoneFrom,
  occurrencesOn,
  repeats,
  timesText,
} from "./occurrences";
import { cycleOf } from "./repeats";
import type { Worker } from "./schedule";
import type { Days } from "./view";

type OpenDay = NonNullable<OpenDayQuery["worker"]>["schedule"]["days"][number];
type Contribution = OpenDay["contributions"][number];
type TimeOff = Contribution["timeOff"];
type Entry = Extract<TimeOff, { externalReferences: unknown }>;
type Span = Extract<TimeOff, { instances: unknown }>;

/** What the viewer may do with the records of a worker. */
export interface Acts {
  onRevise: (what: "edit" | "delete", record: SpanRecord, originalDay: Day) => void;
  /** An occurrence is as planned again; what has happened, in words. */
  onRestored: (what: string) => void;
  /** What is shown is not how it is any more. */
  onOutdated: () => void;
}

export interface About {
  worker: Worker;
  day: Day;
  shown: Days;
}

interface Properties {
  contribution: Contribution;
  /** Where a record has more than one part on the day: how many of its parts stand above. */
  part: number;
  about: About;
  acts: Acts | undefined;
}

export function Record({ contribution, part, about, acts }: Properties) {
  const { hours, startTime, endTime, isPaid, reason, timeOff } = contribution;
  const span = "instances" in timeOff ? timeOff : undefined;
  const occurrence = span && occurrenceIn(span, contribution, part, about.day);
  return (
    <article class="record">
      <h4>
        <span>{span ? "Procore Workforce Planning" : "Kantata OX"}</span>
        <b>{hoursText(hours)} h</b>
      </h4>
      <dl>
        {startTime && endTime && (
          <Fact name="Time">{timesText({ batchStartTime: startTime, batchEndTime: endTime })}</Fact>
        )}
        <Fact name="Paid">{isPaid === null ? "Unknown" : isPaid ? "Yes" : "No"}</Fact>
        {reason && <Fact name="Reason">{reason}</Fact>}
        {isEntryOfKantata(timeOff) && <EntryFacts entry={timeOff} />}
        {span && <SpanFacts span={span} />}
        {span && occurrence && repeats(span) && <OccurrenceFact span={span} occurrence={occurrence} day={about.day} />}
        <div>
          <dt>Id</dt>
          <dd class="id">{timeOff.sourceId}</dd>
        </div>
      </dl>
      {span && part === 0 && <ChangedOccurrences record={span} about={about} acts={acts} />}
      {span && acts && (
        <div class="acts">
          {(["edit", "delete"] as const).map((what) => (
            <button
              key={what}
              type="button"
              onClick={() => acts.onRevise(what, span, occurrence?.originalDay ?? span.startDay)}
            >
              {what === "edit" ? "Edit…" : "Delete…"}
            </button>
          ))}
        </div>
      )}
    </article>
  );
}

/** A repeat that would be on the day by its rule, and is not. */
export function GoneRecord({
  record,
  about,
  acts,
}: {
  record: RepeatsQuery["personTimeOffs"]["nodes"][number];
  about: About;
  acts: Acts | undefined;
}) {
  const gone = occurrencesGoneFrom(record, about.day);
  return (
    <article class="record gone">
      <h4>
        <span>Procore Workforce Planning</span>
        <b>not on this day</b>
      </h4>
      <dl>
        <Fact name="Time">{timesText(record)}</Fact>
        <SpanFacts span={record} />
        <Fact name="Occurrence">{gone.map((each) => exceptionText(record, each, about.day)).join("; ")}</Fact>
        <div>
          <dt>Id</dt>
          <dd class="id">{record.sourceId}</dd>
        </div>
      </dl>
      <ChangedOccurrences record={record} about={about} acts={acts} />
    </article>
  );
}

/** Which occurrence the hours come from: of several on the day the one with their times. */
function occurrenceIn(span: Span, contribution: Contribution, part: number, day: Day): Occurrence | undefined {
  const onDay = occurrencesOn(span, day);
  const alike = onDay.filter(
    ({ batchStartTime, batchEndTime, isPaid }) =>
      batchStartTime === contribution.startTime &&
      batchEndTime === contribution.endTime &&
      isPaid === contribution.isPaid,
  );
  return alike.length === 1 ? alike[0] : (onDay[part] ?? onDay[0]);
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function SpanFacts({ span: { startDay, endDay, repeat, cadence, repeatEndDay } }: { span: SpanRecord }) {
  return (
    <>
      <Fact name="Days">{startDay === endDay ? startDay : `${startDay} to ${endDay}`}</Fact>
      {repeat !== "NEVER" && <Fact name="Repeats">{`${cycleOf(repeat, cadence)} until ${repeatEndDay}`}</Fact>}
    </>
  );
}

/** Which one of a repeat this is, and what it does otherwise than the others. */
function OccurrenceFact({ span, occurrence, day }: { span: SpanRecord; occurrence: Occurrence; day: Day }) {
  const changes = changesOf(span, occurrence, day);
  const text = changes.length > 0 ? changes.join("; ") : `as planned, on ${dayText(occurrence.originalDay, day)}`;
  return <Fact name="This one">{text[0]?.toUpperCase() + text.slice(1)}</Fact>;
}

function isEntryOfKantata(timeOff: TimeOff): timeOff is Entry {
  return "externalReferences" in timeOff;
}

function EntryFacts({ entry }: { entry: Entry }) {
  return (
    <>
      <div>
        <dt>Submitted</dt>
        <dd>{entry.submissionDate}</dd>
      </div>
      {entry.externalReferences.map((reference) => (
        <div key={reference.serviceName}>
          <dt>Reference</dt>
          <dd>
            <Reference reference={reference} />
          </dd>
        </div>
      ))}
    </>
  );
}

function Reference({ reference }: { reference: Entry["externalReferences"][number] }) {
  const { serviceName, serviceModel, serviceModelRef, externalLink, status, externalStatus, externalMessage } =
    reference;
  const name = `${serviceName} ${serviceModel} ${serviceModelRef}`;
  const state = [status?.toLowerCase(), externalStatus].filter(Boolean).join(", ");
  // A link of another system is followed only where links of pages lead.
  const isLink = externalLink && /^https?:\/\//i.test(externalLink);
  return (
    <>
      {isLink ? (
        <a href={externalLink} target="_blank" rel="noopener noreferrer">
          {name}
        </a>
      ) : (
        name
      )}
      {state && ` (${state})`}
      {externalMessage && <em>{externalMessage}</em>}
    </>
  );
}
