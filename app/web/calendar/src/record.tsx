// A record of a day: what it says of it, and for who may write it the ways to change it.

import { ChangedOccurrences } from "./changed-occurrences";
import { copyOfEntry, copyOfSpan } from "./copying";
import type { Day } from "./days";
import { asTitle, dateText, dayText, spanText } from "./formats";
import { type DayEntry, markOf } from "./entry";
import type { OpenDayQuery, RepeatsQuery } from "./generated";
import { t } from "./messages";
import {
  type Occurrence,
  type SpanRecord,
  changesOf,
  exceptionText,
  inOneLine,
  occurrencesGoneFrom,
  occurrencesOn,
  repeats,
  timesText,
} from "./occurrences";
import { repeatText } from "./repeats";
import type { OnlyRecord } from "./only-record";
import type { Worker } from "./schedule";
import type { Undo } from "./undoing";
import type { Days } from "./view";
import type { Wish } from "./wish";

type OpenDay = NonNullable<OpenDayQuery["worker"]>["schedule"]["days"][number];
type Contribution = OpenDay["contributions"][number];
type TimeOff = Contribution["timeOff"];
type Entry = Extract<TimeOff, { externalReferences: unknown }>;
type Span = Extract<TimeOff, { instances: unknown }>;

/** What the viewer may do with the records of a worker. */
export interface Acts {
  onRevise: (what: "edit" | "delete", record: SpanRecord, originalDay: Day) => void;
  onReviseEntry: (what: "edit" | "delete", entry: DayEntry) => void;
  onCopy: (copied: Wish) => void;
  /** Undefined where there is no grid in which another day could be chosen. */
  onMove?: (record: OnlyRecord) => void;
  /** An occurrence is as planned again; what has happened and what to know of it, in words. */
  onRestored: (what: string, hints: string[], undo: Undo | undefined) => void;
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
        <b>{t("hours", { hours })}</b>
      </h4>
      <dl>
        {startTime && endTime && (
          <Fact name={t("fact.time")}>{timesText({ batchStartTime: startTime, batchEndTime: endTime })}</Fact>
        )}
        <Fact name={t("fact.paid")}>
          {t(isPaid === null ? "fact.unknown" : isPaid ? "common.yes" : "common.no")}
        </Fact>
        {reason && <Fact name={t("fact.reason")}>{reason}</Fact>}
        {isEntryOfKantata(timeOff) && <EntryFacts entry={timeOff} />}
        <SyncFact record={timeOff} />
        {span && <SpanFacts span={span} />}
        {span && occurrence && repeats(span) && <OccurrenceFact span={span} occurrence={occurrence} day={about.day} />}
        <div>
          <dt>{t("fact.id")}</dt>
          <dd class="id">{timeOff.sourceId}</dd>
        </div>
      </dl>
      {span && part === 0 && <ChangedOccurrences record={span} about={about} acts={acts} />}
      {acts && (
        <div class="acts">
          {(["edit", "delete"] as const).map((what) => (
            <button
              key={what}
              type="button"
              onClick={() => {
                if (isEntryOfKantata(timeOff)) acts.onReviseEntry(what, timeOff);
                else acts.onRevise(what, timeOff, occurrence?.originalDay ?? timeOff.startDay);
              }}
            >
              {t(`record.${what}`)}
            </button>
          ))}
          <button
            type="button"
            onClick={() =>
              acts.onCopy(
                isEntryOfKantata(timeOff)
                  ? copyOfEntry(about.worker, timeOff)
                  : copyOfSpan(about.worker, timeOff, occurrence?.originalDay ?? timeOff.startDay),
              )
            }
          >
            {t("record.copy")}
          </button>
          {acts.onMove && (
            <button
              type="button"
              onClick={() => {
                if (isEntryOfKantata(timeOff)) acts.onMove?.({ entry: timeOff });
                else acts.onMove?.({ record: timeOff, originalDay: occurrence?.originalDay ?? timeOff.startDay });
              }}
            >
              {t("record.move")}
            </button>
          )}
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
        <b>{t("day.notOnDay")}</b>
      </h4>
      <dl>
        <Fact name={t("fact.time")}>{timesText(record)}</Fact>
        <SpanFacts span={record} />
        <Fact name={t("fact.occurrence")}>
          {inOneLine(gone.map((each) => exceptionText(record, each, about.day)))}
        </Fact>
        <div>
          <dt>{t("fact.id")}</dt>
          <dd class="id">{record.sourceId}</dd>
        </div>
      </dl>
      <ChangedOccurrences record={record} about={about} acts={acts} />
    </article>
  );
}

/** Which occurrence the hours come from: of several on the day the one with their times. */
export function occurrenceIn(span: Span, contribution: Contribution, part: number, day: Day): Occurrence | undefined {
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

function SpanFacts({ span }: { span: SpanRecord }) {
  return (
    <>
      <Fact name={t("fact.days")}>{spanText(span.startDay, span.endDay, "")}</Fact>
      {repeats(span) && <Fact name={t("fact.repeats")}>{repeatText(span)}</Fact>}
    </>
  );
}

/** Which one of a repeat this is, and what it does otherwise than the others. */
function OccurrenceFact({ span, occurrence, day }: { span: SpanRecord; occurrence: Occurrence; day: Day }) {
  const changes = changesOf(span, occurrence, day);
  const planned = t("occurrence.asPlanned", { day: dayText(occurrence.originalDay, day) });
  return <Fact name={t("fact.thisOne")}>{asTitle(inOneLine(changes) || planned)}</Fact>;
}

function isEntryOfKantata(timeOff: TimeOff): timeOff is Entry {
  return "externalReferences" in timeOff;
}

function EntryFacts({ entry }: { entry: Entry }) {
  const mark = markOf(entry);
  return (
    <>
      {mark && mark.broughtHours > 0 && (
        <Fact name={t("fact.mirrored")}>{t("entry.fromProcore", { hours: mark.broughtHours })}</Fact>
      )}
      <div>
        <dt>{t("fact.submitted")}</dt>
        <dd>{dateText(entry.submissionDate)}</dd>
      </div>
      {entry.externalReferences.map((reference) => (
        <div key={reference.serviceName}>
          <dt>{t("fact.reference")}</dt>
          <dd>
            <Reference reference={reference} />
          </dd>
        </div>
      ))}
    </>
  );
}

/** Whether a connected system has it as it is here; nothing where none is to. */
function SyncFact({ record }: { record: TimeOff }) {
  if (record.syncState === "LOCAL") return null;
  return (
    <div>
      <dt>{t("fact.sync")}</dt>
      <dd>
        {t(`sync.${record.syncState}`)}
        {record.syncMessage && <em>{record.syncMessage}</em>}
      </dd>
    </div>
  );
}

function Reference({ reference }: { reference: Entry["externalReferences"][number] }) {
  const { serviceName, serviceModel, serviceModelRef, externalLink, status, externalStatus, externalMessage } =
    reference;
  const name = `${serviceName} ${serviceModel} ${serviceModelRef}`;
  const state = [status && t(`referenceStatus.${status}`), externalStatus].filter(Boolean).join(", ");
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
