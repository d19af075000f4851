// What the dialogs for changing and deleting a record have in common.

import type { ComponentChildren } from "preact";
import { ChangedMeanwhile } from "./changed-meanwhile";
import type { Day } from "./days";
import type { Drafting } from "./draft";
import { FormWindow, focusFirstField } from "./form-window";
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
import type { Done } from "./undoing";

/** What a dialog is about, and what happens when it is done with. */
export interface Revising {
  schedule: Schedule;
  worker: Worker;
  record: SpanRecord;
  originalDay: Day;
  /** The day that was opened. */
  day: Day;
  /** The day to which what is on that day goes. */
  to?: Day;
  onClose: () => void;
  onDone: Done;
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
  const { problems, form, forget } = sending;
  const meanwhile = meanwhileIn(foreseen.answer);
  const goOnFrom = (record: SpanRecord) => {
    goOn(record);
    focusFirstField(form.ref.current);
  };
  return (
    <FormWindow
      subtitle={`${worker.fullName} · ${dayInFull(day)}`}
      words={words}
      sending={sending}
      elsewhere={problems.filter(({ place }) => !hasField(place))}
      barrier={meanwhile !== undefined && <ChangedMeanwhile draft={draft} now={meanwhile} onGoOn={goOnFrom} />}
      preview={
        <Preview foreseen={foreseen} marked={problems} idle={words.idle ? t(words.idle) : ""}>
          {(revised) => <RevisedPreview revised={revised} record={draft.record} day={day} now={now} />}
        </Preview>
      }
      onClose={onClose}
    >
      <ScopeChoice
        legend={t(words.legend)}
        target={draft}
        onChange={(scope) => {
          forget();
          change({ scope });
        }}
      />
      {children}
    </FormWindow>
  );
}
