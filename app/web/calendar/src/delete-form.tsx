// Deletes a record of Procore, or some of its occurrences, once it is seen which days go.

import { useDraft } from "./draft";
import { dayText, spanText } from "./formats";
import { t } from "./messages";
import { exceptionText, exceptionsOf, inOneLine, occurrenceOf, repeats } from "./occurrences";
import { usePreview, useShownDays } from "./preview";
import { ReviseWindow, type Revising } from "./revise-window";
import { type Target, deletionOf, leftBy, usualOf } from "./revision";
import { type Revised, remove } from "./revising";
import { useSubmit } from "./submitting";
import { undoOfRevision } from "./undo-spans";

const WORDS = {
  title: "delete.title",
  legend: "delete.legend",
  act: "delete.act",
  acting: "delete.acting",
} as const;

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
    onDone: (revised) => {
      const what = doneInWords(draft, revised.removed.length, worker.fullName);
      return onDone(worker, what, undoOfRevision(worker, draft.record, revised));
    },
  });
  const lost = lostWith(draft);
  return (
    <ReviseWindow
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
          {t("delete.lost", {
            count: lost.length,
            occurrences: inOneLine(lost.map((each) => exceptionText(draft.record, each, day))),
          })}
        </p>
      )}
    </ReviseWindow>
  );
}

function consequenceOf(target: Target): string {
  const { record, scope } = target;
  if (!repeats(record)) return t("delete.record");
  if (scope === "ONE") return t("delete.one");
  if (scope === "ALL") return t("delete.all");
  if (leftBy(target).length === 0) return t("delete.whole");
  return t("delete.ends");
}

/** The exceptions that are deleted, too; the one that is looked at goes without saying. */
function lostWith({ record, originalDay, scope }: Target) {
  const left = leftBy({ record, originalDay, scope });
  return exceptionsOf(record).filter((each) => !left.includes(each) && each.originalDay !== originalDay);
}

function doneInWords({ record, originalDay, scope }: Target, days: number, name: string): string {
  const occurrence = occurrenceOf(record, originalDay);
  if (scope === "ONE" && occurrence) {
    return t("delete.doneOne", { span: spanText(occurrence.startDay, occurrence.endDay, originalDay), name });
  }
  if (scope === "FOLLOWING") {
    return t("delete.doneFollowing", { day: dayText(originalDay, originalDay), days, name });
  }
  return t("delete.done", { days, name });
}
