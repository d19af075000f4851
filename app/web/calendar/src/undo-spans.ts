// How records of Procore become again what they were.

import type { Day } from "./days";
import { dayText } from "./formats";
import { mutate } from "./gateway";
import {
  DeletePersonTimeOffDocument,
  RestoreOccurrenceDocument,
  RestorePersonTimeOffDocument,
  UpdatePersonTimeOffDocument,
  type UpdatePersonTimeOffInput,
} from "./generated";
import { t } from "./messages";
import {
  type Occurrence,
  type SpanRecord,
  exceptionText,
  exceptionsOf,
  occurrenceOf,
  repeats,
} from "./occurrences";
import { OF_THE_RULE, type Name, usualOf } from "./revision";
import type { Worker } from "./schedule";
import { type Steps, type Undo, refuse } from "./undoing";
import type { SpanWish } from "./wish";

type Version = Pick<SpanRecord, "id" | "updatedAt">;

export function undoOfSpanCreate(worker: Worker, span: SpanWish, made: Version): Undo {
  const written = { worker, span };
  const what = t("undo.createdDeleted");
  const carryOut = async (steps: Steps) => {
    await steps.take(written, what, (how) => deleteRecord(made, how));
    return [];
  };
  return { carryOut, lost: [] };
}

interface Changed {
  /** What is left of the record; null where it was deleted whole. */
  after: SpanRecord | null;
  /** What goes on from it since. */
  splitOff: SpanRecord | null;
}

/** Of a change, a delete of some occurrences, and of one that was restored; undefined where nothing was changed. */
export function undoOfRevision(
  worker: Worker,
  before: SpanRecord,
  { after, splitOff }: Changed,
  { isReasonLost = false } = {},
): Undo | undefined {
  if (!after) return undoOfDelete(worker, before);
  if (after.updatedAt === before.updatedAt && !splitOff) return undefined;
  const written = { worker, span: usual(before) };
  const carryOut = async (steps: Steps) => {
    // Nothing is put back beside a record that somebody goes on with.
    if (splitOff) await steps.foresee(written, (how) => deleteRecord(splitOff, how));
    const current = await putBack(steps, worker, before, after);
    if (splitOff) {
      const what = t("undo.splitDeleted", { day: dayText(splitOff.startDay, before.startDay) });
      await steps.take(written, what, (how) => deleteRecord(splitOff, how));
    }
    return unlike(before, current);
  };
  return { carryOut, lost: isReasonLost ? [t("undo.reasonLost")] : [] };
}

/** The gateway keeps what was deleted for a while: it comes back as it was, whoever may read its reason. */
function undoOfDelete(worker: Worker, before: SpanRecord): Undo {
  const written = { worker, span: usual(before) };
  const carryOut = async (steps: Steps) => {
    await steps.take(written, t("undo.recordBack"), async (how) => {
      const input = { id: before.id, ...how };
      const payload = (await mutate(RestorePersonTimeOffDocument, { input })).restorePersonTimeOff;
      if (payload.userErrors.some(({ code }) => code === "NOT_FOUND")) {
        refuse(t("undo.recordGone"));
      }
      return payload;
    });
    return [];
  };
  return { carryOut, lost: [] };
}

/** First what all occurrences have in common, then each that was otherwise. */
async function putBack(steps: Steps, worker: Worker, before: SpanRecord, after: SpanRecord): Promise<SpanRecord> {
  const written = { worker, span: usual(before) };
  let current = after;
  const change = async (what: string, input: Omit<UpdatePersonTimeOffInput, "id">) => {
    const { personTimeOff } = await steps.take(written, what, (how) =>
      mutate(UpdatePersonTimeOffDocument, { input: { ...input, ...versionOf(current), ...how } }).then(
        (data) => data.updatePersonTimeOff,
      ),
    );
    current = personTimeOff ?? current;
  };
  const restore = async (what: string, originalDay: Day) => {
    const { personTimeOff } = await steps.take(written, what, (how) =>
      mutate(RestoreOccurrenceDocument, { input: { originalDay, ...versionOf(current), ...how } }).then(
        (data) => data.restoreOccurrence,
      ),
    );
    current = personTimeOff ?? current;
  };
  const skip = async (what: string, originalDay: Day) => {
    const scoped = { scope: "ONE" as const, originalDay };
    const { personTimeOff } = await steps.take(written, what, (how) =>
      mutate(DeletePersonTimeOffDocument, { input: { ...scoped, ...versionOf(current), ...how } }).then(
        (data) => data.deletePersonTimeOff,
      ),
    );
    current = personTimeOff ?? current;
  };

  const common = commonOf(before, current);
  if (common) await change(t("undo.commonBack"), common);
  // Skipped ones come last: one that counts has to be left all the time.
  for (const each of inOrder(before.instances)) {
    const { originalDay, status, startDay, endDay, batchStartTime, batchEndTime, isPaid } = each;
    const is = occurrenceOf(current, originalDay);
    if (!is || isAlike(each, is)) continue;
    const day = dayText(originalDay, before.startDay);
    const what = t("undo.exceptionBack", { exception: exceptionText(before, each, before.startDay) });
    if (status === "PLANNED") await restore(t("undo.planned", { day }), originalDay);
    if (status === "SKIPPED") await skip(what, originalDay);
    if (status === "CHANGED") {
      if (is.status === "SKIPPED") await restore(t("undo.notSkipped", { day }), originalDay);
      await change(what, { scope: "ONE", originalDay, startDay, endDay, batchStartTime, batchEndTime, isPaid });
    }
  }
  return current;
}

function deleteRecord({ id, updatedAt }: Version, how: object) {
  const input = { id, ifUnchangedSince: updatedAt, ...how };
  return mutate(DeletePersonTimeOffDocument, { input }).then((data) => data.deletePersonTimeOff);
}

function versionOf({ id, updatedAt }: Version) {
  return { id, ifUnchangedSince: updatedAt };
}

function usual(record: SpanRecord): SpanWish {
  return usualOf({ record, originalDay: record.startDay, scope: "ALL" });
}

function inOrder(instances: readonly Occurrence[]): Occurrence[] {
  const isLast = ({ status }: Occurrence) => Number(status === "SKIPPED");
  return [...instances].sort((one, other) => isLast(one) - isLast(other));
}

/** What all occurrences have in common and is otherwise now, as a change; a reason that is hidden stays. */
function commonOf(before: SpanRecord, now: SpanRecord): Omit<UpdatePersonTimeOffInput, "id"> | undefined {
  const names = namesUnlike(before, now);
  if (names.length === 0) return undefined;
  const wish = usual(before);
  const { cadence, repeatEndDay, repeat, startDay, endDay, ...others } = wish;
  const plain = Object.fromEntries(Object.entries(others).filter(([name]) => names.includes(name as Name)));
  if (!names.some((name) => OF_THE_RULE.includes(name)) && repeats(now)) return { scope: "ALL", ...plain };
  const rule = repeat === "NEVER" ? { repeat } : { repeat, cadence: Number(cadence), repeatEndDay };
  return { scope: "FOLLOWING", originalDay: now.startDay, startDay, endDay, ...rule, ...plain };
}

function namesUnlike(before: SpanRecord, now: SpanRecord): Name[] {
  const [was, is] = [usual(before), usual(now)];
  return (Object.keys(was) as Name[]).filter((name) => {
    if (name === "reason") return before.reason !== null && was.reason !== is.reason;
    if (name === "cadence" || name === "repeatEndDay") return was.repeat !== "NEVER" && was[name] !== is[name];
    return was[name] !== is[name];
  });
}

function isAlike(one: Occurrence, other: Occurrence): boolean {
  if (one.status !== other.status) return false;
  if (one.status !== "CHANGED") return true;
  const names = ["startDay", "endDay", "batchStartTime", "batchEndTime", "isPaid"] as const;
  return names.every((name) => one[name] === other[name]);
}

/** What is not as it was, in words. */
function unlike(before: SpanRecord, now: SpanRecord): string[] {
  const occurrences = exceptionsOf(before).filter((each) => {
    const is = occurrenceOf(now, each.originalDay);
    return !is || !isAlike(each, is);
  });
  return [
    ...(namesUnlike(before, now).length > 0 ? [t("undo.unlike")] : []),
    ...occurrences.map((each) => t("undo.unlikeException", { exception: exceptionText(before, each, before.startDay) })),
  ];
}
