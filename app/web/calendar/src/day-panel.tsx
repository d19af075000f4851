// One worker's day: the records that it is made of, and what the gateway says about them.

import { useEffect, useState } from "preact/hooks";
import { type Day, weekdayName } from "./days";
import { Dialog } from "./dialog";
import { FailureText } from "./failure-text";
import { Abandoned, Failure, query } from "./gateway";
import { OpenDayDocument, type OpenDayQuery } from "./generated";
import { roleOf } from "./grid";
import { KINDS, hoursText, kindOf } from "./kinds";
import { cycleOf } from "./repeats";
import type { Worker } from "./schedule";

type OpenDay = NonNullable<OpenDayQuery["worker"]>["schedule"]["days"][number];
type Contribution = OpenDay["contributions"][number];
type TimeOff = Contribution["timeOff"];
type Entry = Extract<TimeOff, { externalReferences: unknown }>;

interface Properties {
  worker: Worker;
  day: Day;
  onClose: () => void;
  /** Undefined where this worker's time off is not the viewer's to record. */
  onAdd: (() => void) | undefined;
}

export function DayPanel({ worker, day, onClose, onAdd }: Properties) {
  const [found, setFound] = useState<OpenDay | null>();
  const [failure, setFailure] = useState<Failure>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const leaving = new AbortController();
    setFailure(undefined);
    query(OpenDayDocument, { worker: worker.id, day }, leaving.signal).then(
      (answer) => setFound(answer.worker?.schedule.days[0] ?? null),
      (fault: Error) => fault instanceof Abandoned || setFailure(Failure.of(fault)),
    );
    return () => leaving.abort();
  }, [worker.id, day, attempt]);

  const about = [`${weekdayName(day)} ${day}`, roleOf(worker), worker.company.name];
  return (
    <Dialog title={worker.fullName} subtitle={about.filter(Boolean).join(" · ")} class="panel" onClose={onClose}>
      <div class="window-body" aria-busy={found === undefined && !failure}>
        {failure && (
          <div class="banner" role="alert">
            <p>
              <FailureText failure={failure} />
            </p>
            <button type="button" onClick={() => setAttempt(attempt + 1)}>
              Try again
            </button>
          </div>
        )}
        {found === undefined && !failure && <p class="quiet">Loading …</p>}
        {found === null && <p>This worker is not there any more.</p>}
        {found && <Told day={found} />}
      </div>
      {onAdd && (
        <div class="window-foot">
          <button type="button" class="primary" onClick={onAdd}>
            New time off
          </button>
        </div>
      )}
    </Dialog>
  );
}

function Told({ day }: { day: OpenDay }) {
  const kind = KINDS.find((each) => each.kind === kindOf(day));
  const isRange = day.hoursOffLow !== day.hoursOffHigh;
  return (
    <>
      <dl class="figures">
        <div>
          <dt>Off</dt>
          <dd>{hoursText(day.hoursOff)} h</dd>
        </div>
        <div>
          <dt>Free</dt>
          <dd>{hoursText(day.availableHours)} h</dd>
        </div>
        <div>
          <dt>Workday</dt>
          <dd>{hoursText(day.workdayHours)} h</dd>
        </div>
        <div>
          <dt>Shown as</dt>
          <dd class="kind">
            {kind && <i class={`cell ${kind.kind}`} aria-hidden="true" />}
            {kind?.name ?? "Free"}
          </dd>
        </div>
      </dl>
      {day.holiday && <p class="remark">★ {day.holiday.name} is a holiday of the company.</p>}
      {isRange && (
        <p class="remark">
          {hoursText(day.hoursOffLow)} h off if both systems mean the same absence, {hoursText(day.hoursOffHigh)} h if
          they mean two.
        </p>
      )}
      {day.notes.length > 0 && (
        <section>
          <h3>Notes</h3>
          <ul class="notes">
            {day.notes.map(({ code, message }) => (
              <li key={code}>{message}</li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>Records</h3>
        {day.contributions.length === 0 && <p class="quiet">No time off is recorded on this day.</p>}
        {day.contributions.map((each) => (
          <Record key={each.timeOff.id} contribution={each} />
        ))}
      </section>
    </>
  );
}

function Record({ contribution }: { contribution: Contribution }) {
  const { hours, startTime, endTime, isPaid, reason, timeOff } = contribution;
  const isEntry = isEntryOfKantata(timeOff);
  return (
    <article class="record">
      <h4>
        <span>{isEntry ? "Kantata OX" : "Procore Workforce Planning"}</span>
        <b>{hoursText(hours)} h</b>
      </h4>
      <dl>
        {startTime && (
          <div>
            <dt>Time</dt>
            <dd>
              {startTime} to {endTime}
              {endTime && endTime <= startTime && " on the next day"}
            </dd>
          </div>
        )}
        <div>
          <dt>Paid</dt>
          <dd>{isPaid === null ? "Unknown" : isPaid ? "Yes" : "No"}</dd>
        </div>
        {reason && (
          <div>
            <dt>Reason</dt>
            <dd>{reason}</dd>
          </div>
        )}
        {isEntry ? <EntryFacts entry={timeOff} /> : <SpanFacts timeOff={timeOff} />}
        <div>
          <dt>Id</dt>
          <dd class="id">{timeOff.sourceId}</dd>
        </div>
      </dl>
    </article>
  );
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

function SpanFacts({ timeOff }: { timeOff: Exclude<TimeOff, Entry> }) {
  if (!("repeat" in timeOff)) return null;
  const { startDay, endDay, repeat, cadence, repeatEndDay } = timeOff;
  return (
    <>
      <div>
        <dt>Days</dt>
        <dd>{startDay === endDay ? startDay : `${startDay} to ${endDay}`}</dd>
      </div>
      {repeat !== "NEVER" && (
        <div>
          <dt>Repeats</dt>
          <dd>
            {cycleOf(repeat, cadence)} until {repeatEndDay}
          </dd>
        </div>
      )}
    </>
  );
}
