// What would become of the wish, before it is sent.

import { useEffect, useState } from "preact/hooks";
import { weekdayName } from "./days";
import { FailureText } from "./failure-text";
import { Abandoned, Failure } from "./gateway";
import { hoursText, toCell } from "./kinds";
import type { Cell } from "./kinds";
import { type Answer, type BecomingDay, type Instance, preview } from "./sending";
import type { Problem, Request, Wish } from "./wish";

/** How long after the last change the gateway is asked. */
const TYPING_MILLISECONDS = 350;

export interface Foreseen {
  answer: Answer | undefined;
  failure: Failure | undefined;
  isAsking: boolean;
}

const NOTHING: Foreseen = { answer: undefined, failure: undefined, isAsking: false };

/** The gateway's answer to a dry run of the request, asked anew whenever the request changes. */
export function usePreview(wish: Wish, request: Request | undefined): Foreseen {
  const [foreseen, setForeseen] = useState<Foreseen>(NOTHING);
  const text = JSON.stringify(request);
  useEffect(() => {
    if (!request) {
      setForeseen(NOTHING);
      return undefined;
    }
    const leaving = new AbortController();
    setForeseen((before) => ({ ...before, isAsking: true }));
    const timer = setTimeout(() => {
      preview(wish, request, leaving.signal).then(
        (answer) => setForeseen({ ...NOTHING, answer }),
        (fault: Error) => {
          if (fault instanceof Abandoned) return;
          setForeseen({ ...NOTHING, failure: Failure.of(fault) });
        },
      );
    }, TYPING_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [text]);
  return foreseen;
}

interface Properties {
  foreseen: Foreseen;
  /** What the form shows at its fields; the rest is said here. */
  marked: Problem[];
  /** The worker's days as they are shown now, by date. */
  now: Map<string, Cell>;
}

export function Preview({ foreseen, marked, now }: Properties) {
  const { answer, failure, isAsking } = foreseen;
  return (
    <aside class="preview" aria-label="Preview" aria-live="polite" aria-busy={isAsking}>
      <h3>Preview</h3>
      {failure && (
        <p class="problem">
          <FailureText failure={failure} isTyping />
        </p>
      )}
      {!answer && !failure && (
        <p class="quiet">{isAsking ? "Asking the gateway …" : "Fill in the form to see what would happen."}</p>
      )}
      {answer && answer.problems.length > 0 && <Refusals problems={answer.problems} marked={marked} />}
      {answer && answer.problems.length === 0 && <Becoming answer={answer} now={now} />}
    </aside>
  );
}

function Refusals({ problems, marked }: { problems: Problem[]; marked: Problem[] }) {
  const others = problems.filter(({ place }) => !marked.some((each) => each.place === place));
  const seen = others.length < problems.length ? " See the marked fields." : "";
  return (
    <div class="refusals">
      <p>This would be refused, and nothing stored.{seen}</p>
      {others.map(({ place, message }) => (
        <p key={place + message}>{message}</p>
      ))}
    </div>
  );
}

function Becoming({ answer, now }: { answer: Answer; now: Map<string, Cell> }) {
  const { instances, outcomes, warnings, days } = answer;
  const combined = outcomes.filter((outcome) => outcome === "COMBINED").length;
  return (
    <>
      {instances.length > 0 && <Instances instances={instances} />}
      {outcomes.length > 0 && (
        <p>
          {count(outcomes.length - combined, "new entry", "new entries")}
          {combined > 0 && `, ${combined} added to what the day has already`}
        </p>
      )}
      {warnings.length > 0 && (
        <ul class="warnings" aria-label="Warnings">
          {warnings.map(({ code, message, path }) => (
            <li key={code + path.join(".")}>{message}</li>
          ))}
        </ul>
      )}
      <h4>{count(days.length, "day becomes", "days become")}</h4>
      <ul class="becoming" tabIndex={0} aria-label="What each day becomes">
        {days.map((day) => (
          <BecomingItem key={day.date} day={day} before={now.get(day.date)} />
        ))}
      </ul>
    </>
  );
}

function Instances({ instances }: { instances: Instance[] }) {
  const hours = instances.reduce((sum, each) => sum + each.hours, 0);
  const first = instances[0];
  const last = instances.at(-1);
  const span = instances.length > 1 ? `, ${first?.startDay} to ${last?.endDay}` : "";
  return (
    <p>
      <b>{count(instances.length, "instance", "instances")}</b> with {hoursText(hours)} h{span}
    </p>
  );
}

function BecomingItem({ day, before }: { day: BecomingDay; before: Cell | undefined }) {
  const cell = toCell(day);
  return (
    <li>
      <i class={`cell ${cell.kind}`} aria-hidden="true">
        {cell.text}
      </i>
      <span>
        <b>
          {weekdayName(day.date).slice(0, 2)} {day.date}
        </b>
        {before && before.hoursOff !== cell.hoursOff && ` ${hoursText(before.hoursOff)} →`}{" "}
        {hoursText(day.hoursOff)} h off, {hoursText(day.availableHours)} h free
        {day.notes.map(({ code, message }) => (
          <em key={code}>{message}</em>
        ))}
      </span>
    </li>
  );
}

function count(many: number, one: string, more: string): string {
  return `${many} ${many === 1 ? one : more}`;
}
