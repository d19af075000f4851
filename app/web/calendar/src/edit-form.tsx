// Changes a record of Procore, or some of its occurrences.

import { useDraft } from "./draft";
import { dayText, spanText } from "./formats";
import { t } from "./messages";
import { repeats } from "./occurrences";
import { usePreview, useShownDays } from "./preview";
import { ReviseWindow, type Revising } from "./revise-window";
import { type Draft, lockOf, problemsOfDraft, updateOf, usualOf, wishOf } from "./revision";
import { type Revised, update } from "./revising";
import { SpanFields, hasSpanField } from "./span-fields";
import { useSubmit } from "./submitting";
import { undoOfRevision } from "./undo-spans";
import type { Problem, SpanWish } from "./wish";

const WORDS = {
  title: "edit.title",
  legend: "edit.legend",
  act: "edit.act",
  acting: "edit.acting",
  idle: "edit.idle",
} as const;

export function EditForm(revising: Revising) {
  const { schedule, worker, day, to, onDone } = revising;
  const undoOf = ({ record, typed }: Draft, revised: Revised) =>
    undoOfRevision(worker, record, revised, {
      isReasonLost: record.reason === null && Boolean(typed.reason?.trim()),
    });
  const drafting = useDraft(revising.record, revising.originalDay, to ? { from: day, to } : undefined);
  const { draft, change } = drafting;
  const span = wishOf(draft);
  const written = { worker, span };
  const input = updateOf(draft);
  const foreseen = usePreview(input, (signal) => update(written, input!, { dryRun: true }, signal));
  const problems = problemsOfDraft(draft);
  const sending = useSubmit<Revised>({
    text: JSON.stringify([draft.record.updatedAt, draft.scope, draft.typed]),
    unready: input || problems.length > 0 ? problems : [unchanged()],
    judged: foreseen.answer?.problems ?? [],
    send: async (key) => drafting.noted(await update(written, input!, { idempotencyKey: key })),
    onDone: (revised) => onDone(worker, doneInWords(draft, revised, worker.fullName), undoOf(draft, revised)),
  });
  const now = useShownDays(schedule, worker);
  return (
    <ReviseWindow
      words={WORDS}
      revising={revising}
      drafting={drafting}
      foreseen={foreseen}
      sending={sending}
      hasField={(place) => hasSpanField(span, place)}
      now={now}
    >
      <SpanFields
        span={span}
        workdayHours={now.get(revising.day)?.told.workdayHours ?? 0}
        problems={sending.problems}
        lockOf={(name) => lockOf(draft, name)}
        reasonHint={draft.record.reason === null ? t("edit.hiddenReason") : undefined}
        onChange={(next) => {
          sending.forget();
          change({ typed: { ...draft.typed, ...changed(span, next) } });
        }}
      />
    </ReviseWindow>
  );
}

function unchanged(): Problem {
  return { place: "", message: t("edit.unchanged") };
}

function changed(before: SpanWish, after: SpanWish): Partial<SpanWish> {
  const names = Object.keys(after) as (keyof SpanWish)[];
  return Object.fromEntries(names.filter((name) => after[name] !== before[name]).map((name) => [name, after[name]]));
}

function doneInWords(draft: Draft, { removed, added, kept }: Revised, name: string): string {
  const { record, originalDay, scope } = draft;
  if (!repeats(record)) return t("edit.done", { days: added.length + kept.length, name });
  if (scope === "ALL") return t("edit.doneAll", { name });
  if (scope === "FOLLOWING") return t("edit.doneFollowing", { day: dayText(originalDay, originalDay), name });
  const [before, after] = [usualOf(draft), wishOf(draft)];
  const isMoved = removed.length + added.length > 0 && before.startDay !== after.startDay;
  const from = spanText(before.startDay, before.endDay, originalDay);
  if (!isMoved) return t("edit.doneOne", { span: from, name });
  return t("edit.doneMoved", { from, to: spanText(after.startDay, after.endDay, originalDay), name });
}
