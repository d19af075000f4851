// What would become of the wish, before it is sent.

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { FailureText } from "./failure-text";
import { dayInShort, spanText } from "./formats";
import { Abandoned, Failure } from "./gateway";
import { toCell } from "./kinds";
import type { Cell } from "./kinds";
import type { HintFragment } from "./generated";
import { rich, t } from "./messages";
import { noteInWords } from "./refusals";
import type { Schedule, Worker } from "./schedule";
import type { Answer, BecomingDay, Instance } from "./sending";
import type { Problem } from "./wish";

/** How long after the last change the gateway is asked. */
const TYPING_MILLISECONDS = 350;

interface Judged {
  problems: Problem[];
}

export interface Foreseen<Answered extends Judged> {
  answer: Answered | undefined;
  failure: Failure | undefined;
  isAsking: boolean;
}

const NOTHING = { answer: undefined, failure: undefined, isAsking: false };

/** The gateway's answer to a dry run of the request, asked anew whenever the request changes. */
export function usePreview<Answered extends Judged>(
  request: object | undefined,
  ask: (signal: AbortSignal) => Promise<Answered>,
): Foreseen<Answered> {
  const [foreseen, setForeseen] = useState<Foreseen<Answered>>(NOTHING);
  const text = JSON.stringify(request);
  useEffect(() => {
    if (!request) {
      setForeseen(NOTHING);
      return undefined;
    }
    const leaving = new AbortController();
    setForeseen((before) => ({ ...before, isAsking: true }));
    const timer = setTimeout(() => {
      ask(leaving.signal).then(
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

/** The worker's days as the page shows them now, by date. */
export function useShownDays({ rows }: Schedule, worker: Worker | undefined): Map<string, Cell> {
  return useMemo(() => {
    const row = rows.find((each) => each.worker.id === worker?.id);
    return new Map(row?.cells.map((cell) => [cell.day, cell]));
  }, [rows, worker]);
}

interface Properties<Answered extends Judged> {
  foreseen: Foreseen<Answered>;
  /** What the form shows at its fields; the rest is said here. */
  marked: Problem[];
  /** What stands here as long as there is nothing to ask. */
  idle?: string;
  /** What is said of what would be carried out. */
  children: (answer: Answered) => ComponentChildren;
}

export function Preview<Answered extends Judged>({ foreseen, marked, idle, children }: Properties<Answered>) {
  const { answer, failure, isAsking } = foreseen;
  return (
    <aside class="preview" aria-label={t("preview.title")} aria-live="polite" aria-busy={isAsking}>
      <h3>{t("preview.title")}</h3>
      {failure && (
        <p class="problem">
          <FailureText failure={failure} isTyping />
        </p>
      )}
      {!answer && !failure && (
        <p class="quiet">{isAsking ? t("preview.asking") : (idle ?? t("preview.idle"))}</p>
      )}
      {answer && answer.problems.length > 0 && <Refusals problems={answer.problems} marked={marked} />}
      {answer && answer.problems.length === 0 && children(answer)}
    </aside>
  );
}

function Refusals({ problems, marked }: { problems: Problem[]; marked: Problem[] }) {
  const others = problems.filter(({ place }) => !marked.some((each) => each.place === place));
  const areMarked = others.length < problems.length;
  return (
    <div class="refusals">
      <p>{t(areMarked ? "preview.refusedMarked" : "preview.refused")}</p>
      {others.map(({ place, message }) => (
        <p key={place + message}>{message}</p>
      ))}
    </div>
  );
}

/** What would be created. */
export function Created({ answer, now }: { answer: Answer; now: Map<string, Cell> }) {
  const { instances, outcomes, warnings, days } = answer;
  const combined = outcomes.filter((outcome) => outcome === "COMBINED").length;
  return (
    <>
      {instances.length > 0 && <Instances instances={instances} />}
      {outcomes.length > 0 && (
        <p>{entriesInWords(outcomes.length - combined, combined)}</p>
      )}
      <Warnings warnings={warnings} />
      <Becoming days={days} now={now} />
    </>
  );
}

function entriesInWords(created: number, combined: number): string {
  if (combined === 0) return t("preview.entries", { created });
  return created === 0 ? t("preview.combined", { combined }) : t("preview.entriesAndCombined", { created, combined });
}

export function Warnings({ warnings }: { warnings: HintFragment[] }) {
  if (warnings.length === 0) return null;
  return (
    <ul class="warnings" aria-label={t("preview.warnings")}>
      {warnings.map(({ code, message, path }) => (
        <li key={code + path.join(".")}>{message}</li>
      ))}
    </ul>
  );
}

/** What each touched day becomes. */
export function Becoming({ days, now }: { days: BecomingDay[]; now: Map<string, Cell> }) {
  return (
    <>
      <h4>{t("preview.becomes", { days: days.length })}</h4>
      <ul class="becoming" tabIndex={0} aria-label={t("preview.becoming")}>
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
  const count = instances.length;
  if (!first || !last || count === 1) return <p>{rich("preview.instances", { count, hours })}</p>;
  const span = spanText(first.startDay, last.endDay, "");
  return <p>{rich("preview.instancesSpan", { count, hours, span })}</p>;
}

function BecomingItem({ day, before }: { day: BecomingDay; before: Cell | undefined }) {
  const cell = toCell(day);
  const { hoursOff: off, availableHours: free } = day;
  return (
    <li>
      <i class={`cell ${cell.kind}`} aria-hidden="true">
        {cell.text}
      </i>
      <span>
        <b>{dayInShort(day.date)}</b>{" "}
        {before && before.hoursOff !== cell.hoursOff
          ? t("preview.dayBefore", { before: before.hoursOff, off, free })
          : t("preview.day", { off, free })}
        {day.notes.map((note) => (
          <em key={note.code}>{noteInWords(note)}</em>
        ))}
      </span>
    </li>
  );
}
