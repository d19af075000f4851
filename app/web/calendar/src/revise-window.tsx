// What the dialogs for changing and deleting a record have in common.

import type { ComponentChildren } from "preact";
import { ChangedMeanwhile } from "./changed-meanwhile";
import type { Day } from "./days";
import { Dialog } from "./dialog";
import type { Drafting } from "./draft";
import { FailureText } from "./failure-text";
import { dayInFull } from "./formats";
import type { Cell } from "./kinds";
import { type PlainId, t } from "./messages";
import { type Foreseen, Preview } from "./preview";
import { RevisedPreview } from "./revised-preview";
import type { Revised } from "./revising";
import type { Schedule, Worker } from "./schedule";
import { ScopeChoice } from "./scope-choice";
import type { useSubmit } from "./submitting";
import type { SpanRecord } from "./occurrences";

/** What a dialog is about, and what happens when it is done with. */
export interface Revising {
  schedule: Schedule;
  worker: Worker;
  record: SpanRecord;
  originalDay: Day;
  /** The day that was opened. */
  day: Day;
  onClose: () => void;
  onDone: (worker: Worker, what: string) => Promise<void>;
}

interface Properties {
  /** What stands above the window and the choice, and on the button, as it is and while it is sent. */
  words: { title: PlainId; legend: PlainId; act: PlainId; acting: PlainId; idle?: PlainId };
  revising: Revising;
  drafting: Drafting;
  foreseen: Foreseen<Revised>;
  sending: ReturnType<typeof useSubmit<Revised>>;
  /** Whether a field of the dialog shows what is wrong at the place. */
  hasField: (place: string) => boolean;
  now: Map<string, Cell>;
  children?: ComponentChildren;
}

export function ReviseWindow(properties: Properties) {
  const { words, revising, drafting, foreseen, sending, hasField, now, children } = properties;
  const { worker, day, onClose } = revising;
  const { draft, change, goOn, meanwhileIn } = drafting;
  const { problems, failure, isSending, form, forget } = sending;
  const meanwhile = meanwhileIn(foreseen.answer);
  const isOvertaken = meanwhile !== undefined;
  const elsewhere = isOvertaken ? [] : problems.filter(({ place }) => !hasField(place));
  const goOnFrom = (record: SpanRecord) => {
    goOn(record);
    requestAnimationFrame(() => form.ref.current?.querySelector<HTMLElement>("input:enabled")?.focus());
  };
  return (
    <Dialog
      title={t(words.title)}
      subtitle={`${worker.fullName} · ${dayInFull(day)}`}
      class="create"
      onClose={onClose}
    >
      <form class="window-body" {...form}>
        <div class="fields">
          {isOvertaken && (
            <ChangedMeanwhile
              then={draft.record}
              now={meanwhile}
              originalDay={draft.originalDay}
              onGoOn={goOnFrom}
            />
          )}
          {(failure || elsewhere.length > 0) && (
            <div class="banner" role="alert">
              <p>
                {failure && <FailureText failure={failure} isTyping />}
                {!failure && elsewhere.map(({ message }) => message).join(" ")}
              </p>
            </div>
          )}
          <ScopeChoice
            legend={t(words.legend)}
            target={draft}
            onChange={(scope) => {
              forget();
              change({ scope });
            }}
          />
          {children}
        </div>
        <Preview foreseen={foreseen} marked={problems} idle={words.idle ? t(words.idle) : ""}>
          {(revised) => <RevisedPreview revised={revised} record={draft.record} day={day} now={now} />}
        </Preview>
        <div class="window-foot">
          <button type="button" onClick={onClose}>
            {t("common.cancel")}
          </button>
          <button type="submit" class="primary" disabled={isOvertaken} aria-disabled={isSending}>
            {t(isSending ? words.acting : failure ? "common.retry" : words.act)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
