// Changes a record of Procore, or some of its occurrences.

import { dayText, spanText } from "./days";
import { useDraft } from "./draft";
import { repeats } from "./occurrences";
import { count, usePreview, useShownDays } from "./preview";
import { ReviseWindow, type Revising } from "./revise-window";
import { type Draft, lockOf, problemsOfDraft, updateOf, usualOf, wishOf } from "./revision";
import { type Revised, update } from "./revising";
import { SpanFields, hasSpanField } from "./span-fields";
import { useSubmit } from "./submitting";
import type { Problem, SpanWish } from "./wish";

const WORDS = {
  legend: "What is changed",
  act: "Save",
  acting: "Saving …",
  idle: "Change something to see what would happen.",
};
const UNCHANGED: Problem = { place: "", message: "Nothing is changed yet." };
const HIDDEN_REASON = "There is a reason that you may not read: what you write takes its place.";

export function EditForm(revising: Revising) {
  const { schedule, worker, onDone } = revising;
  const drafting = useDraft(revising.record, revising.originalDay);
  const { draft, change } = drafting;
  const span = wishOf(draft);
  const written = { worker, span };
  const input = updateOf(draft);
  const foreseen = usePreview(input, (signal) => update(written, input!, { dryRun: true }, signal));
  const problems = problemsOfDraft(draft);
  const sending = useSubmit<Revised>({
    text: JSON.stringify([draft.record.updatedAt, draft.scope, draft.typed]),
    unready: input || problems.length > 0 ? problems : [UNCHANGED],
    judged: foreseen.answer?.problems ?? [],
    send: async (key) => drafting.noted(await update(written, input!, { idempotencyKey: key })),
    onDone: (revised) => onDone(worker, doneInWords(draft, revised)),
  });
  return (
    <ReviseWindow
      title="Edit time off"
      words={WORDS}
      revising={revising}
      drafting={drafting}
      foreseen={foreseen}
      sending={sending}
      hasField={(place) => hasSpanField(span, place)}
      now={useShownDays(schedule, worker)}
    >
      <SpanFields
        span={span}
        problems={sending.problems}
        lockOf={(name) => lockOf(draft, name)}
        reasonHint={draft.record.reason === null ? HIDDEN_REASON : undefined}
        onChange={(next) => {
          sending.forget();
          change({ typed: { ...draft.typed, ...changed(span, next) } });
        }}
      />
    </ReviseWindow>
  );
}

function changed(before: SpanWish, after: SpanWish): Partial<SpanWish> {
  const names = Object.keys(after) as (keyof SpanWish)[];
  return Object.fromEntries(names.filter((name) => after[name] !== before[name]).map((name) => [name, after[name]]));
}

function doneInWords(draft: Draft, { removed, added, kept }: Revised): string {
  const { record, originalDay, scope } = draft;
  const name = dayText(originalDay, originalDay);
  if (!repeats(record)) return `Changed time off on ${count(added.length + kept.length, "day", "days")}`;
  if (scope === "ALL") return "Changed all occurrences";
  if (scope === "FOLLOWING") return `Changed the occurrences from ${name} on`;
  const [before, after] = [usualOf(draft), wishOf(draft)];
  const isMoved = removed.length + added.length > 0 && before.startDay !== after.startDay;
  const from = spanText(before.startDay, before.endDay, originalDay);
  return isMoved ? `Moved ${from} to ${spanText(after.startDay, after.endDay, originalDay)}` : `Changed ${from}`;
}
