// Deletes a record of Procore, or some of its occurrences, once it is seen which days go.

import { dayText, spanText } from "./days";
import { useDraft } from "./draft";
import { exceptionText, exceptionsOf, occurrenceOf, repeats } from "./occurrences";
import { count, usePreview, useShownDays } from "./preview";
import { ReviseWindow, type Revising } from "./revise-window";
import { type Target, deletionOf, leftBy, usualOf } from "./revision";
import { type Revised, remove } from "./revising";
import { useSubmit } from "./submitting";

const WORDS = {
  legend: "What is deleted",
  act: "Delete",
  acting: "Deleting …",
  idle: "",
};

export function DeleteForm(revising: Revising) {
  const { schedule, worker, day, onDone } = revising;
  const drafting = useDraft(revising.record, revising.originalDay);
  const { draft } = drafting;
  const written = { worker, span: usualOf(draft) };
  const input = deletionOf(draft);
  const foreseen = usePreview(input, (signal) => remove(written, draft, { dryRun: true }, signal));
  const sending = useSubmit<Revised>({
    text: JSON.stringify(input),
    unready: [],
    judged: [],
    send: async (key) => drafting.noted(await remove(written, draft, { idempotencyKey: key })),
    onDone: ({ removed }) => onDone(worker, doneInWords(draft, removed.length)),
  });
  const lost = lostWith(draft);
  return (
    <ReviseWindow
      title="Delete time off"
      words={WORDS}
      revising={revising}
      drafting={drafting}
      foreseen={foreseen}
      sending={sending}
      hasField={() => false}
      now={useShownDays(schedule, worker)}
    >
      <p class="quiet">{consequenceOf(draft)}</p>
      {lost.length > 0 && (
        <p class="remark">
          {count(lost.length, "changed occurrence goes", "changed occurrences go")} with it:{" "}
          {lost.map((each) => exceptionText(draft.record, each, day)).join("; ")}.
        </p>
      )}
    </ReviseWindow>
  );
}

function consequenceOf(target: Target): string {
  const { record, scope } = target;
  if (!repeats(record)) return "The record is deleted.";
  if (scope === "ONE") return "It is skipped, and can be restored later; the others stay.";
  if (scope === "ALL") return "The record is deleted with all its occurrences.";
  if (leftBy(target).length === 0) return "The record is deleted: nothing of it stays before this occurrence.";
  return "The repeat ends before this occurrence.";
}

/** The exceptions that are deleted, too; the one that is looked at goes without saying. */
function lostWith({ record, originalDay, scope }: Target) {
  const left = leftBy({ record, originalDay, scope });
  return exceptionsOf(record).filter((each) => !left.includes(each) && each.originalDay !== originalDay);
}

function doneInWords({ record, originalDay, scope }: Target, days: number): string {
  const occurrence = occurrenceOf(record, originalDay);
  const many = count(days, "day", "days");
  if (scope === "ONE" && occurrence) {
    return `Skipped ${spanText(occurrence.startDay, occurrence.endDay, originalDay)}`;
  }
  if (scope === "FOLLOWING") return `Deleted the occurrences from ${dayText(originalDay, originalDay)} on, ${many}`;
  return `Deleted time off on ${many}`;
}
