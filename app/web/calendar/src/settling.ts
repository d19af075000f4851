// A difference is read with its records, settled as somebody chose, or that is tried only.

import type { Day } from "./days";
import { type RevisedEntry, removeEntry, updateEntry } from "./entry-revising";
import { mutate, query } from "./gateway";
import {
  AcknowledgeDocument,
  type HintFragment,
  type LossFragment,
  MirrorEntriesDocument,
  MirrorRecordDocument,
  OpenDayDocument,
  OpenDifferenceDocument,
  type RefusalFragment,
} from "./generated";
import { repeats } from "./occurrences";
import { type Written, hintInWords, toProblem } from "./refusals";
import { remove, update } from "./revising";
import { type Target, usualOf } from "./revision";
import { type BecomingDay, type How, unreadable } from "./sending";
import { type Difference, type OpenDifference, type Step, factsOf, isLastOf } from "./settle-plans";
import { lossText } from "./settle-words";
import { undoOfAcknowledgement, undoOfMirroredRecord } from "./settle-undo";
import { undoOfEntryDelete, undoOfEntryEdit } from "./undo-entries";
import { undoOfRevision, undoOfSpanCreate } from "./undo-spans";
import type { Undo } from "./undoing";
import { type Rights, may } from "./viewer";
import { type Problem, firstWish } from "./wish";

/** What Procore wants to know of an entry that becomes a record. */
export interface Terms {
  isPaid: boolean;
  reason: string;
  batchStartTime: string;
  /** Whether hours that are no quarter hours become the nearest. */
  isRounded: boolean;
}

/** What became of a day, or would become of it. */
export interface Settled {
  problems: Problem[];
  /** Somebody has changed meanwhile what it is about. */
  isOvertaken: boolean;
  warnings: HintFragment[];
  /** What the other system cannot say, in words. */
  lost: string[];
  days: BecomingDay[];
  /** The way to take it back, where there is one. */
  undo: Undo | undefined;
}

/** What is chosen, by whom, and what goes with it. */
export interface Chosen {
  step: Step;
  terms: Terms;
  rights: Rights;
}

const NOTHING: Settled = { problems: [], isOvertaken: false, warnings: [], lost: [], days: [], undo: undefined };

/** How often a day is read until its difference and its records are of one moment. */
const MOST_READINGS = 4;

/** The difference with its records; undefined where the systems do not differ on the day, or not any more. */
export async function readDifference(worker: string, day: Day, signal?: AbortSignal): Promise<OpenDifference | undefined> {
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const [differences, opened] = await Promise.all([
      query(OpenDifferenceDocument, { worker, day }, signal),
      query(OpenDayDocument, { worker, day }, signal),
    ]);
    const difference = differences.discrepancies.nodes[0];
    const found = opened.worker?.schedule.days[0];
    if (!difference || !found) return undefined;
    const named = new Set(difference.timeOff.map(({ id }) => id));
    const there = new Set(found.contributions.map(({ timeOff }) => timeOff.id));
    if (named.size === there.size && [...named].every((id) => there.has(id))) return { difference, day: found };
  }
  return undefined;
}

export type Outcome =
  | { kind: "done"; settled: Settled }
  /** The systems do not differ on the day any more. */
  | { kind: "gone" }
  /** The day is not what was shown: nothing was done. */
  | { kind: "overtaken"; now: OpenDifference }
  | { kind: "refused"; problems: Problem[] };

/** Settle a difference as it was shown, unless it has become another one meanwhile. */
export async function settle(
  shown: OpenDifference,
  stepOf: (now: OpenDifference) => Step | undefined,
  others: Omit<Chosen, "step">,
  idempotencyKey: string,
): Promise<Outcome> {
  const { worker, date } = shown.difference;
  const now = await readDifference(worker.id, date);
  if (!now) return { kind: "gone" };
  const isMark = stepOf(shown)?.what === "acknowledge";
  // It was marked by the request whose answer was lost, or by somebody else: so it is as was wished.
  if (isMark && now.difference.acknowledgement) return { kind: "done", settled: NOTHING };
  const step = stepOf(now);
  if (!step || factsOf(now) !== factsOf(shown)) return { kind: "overtaken", now };
  const settled = await take(now.difference, { ...others, step }, { idempotencyKey }, { seen: now.difference.version });
  if (settled.isOvertaken) {
    const after = await readDifference(worker.id, date);
    if (isMark && after?.difference.acknowledgement) return { kind: "done", settled: NOTHING };
    return after ? { kind: "overtaken", now: after } : { kind: "gone" };
  }
  return settled.problems.length > 0 ? { kind: "refused", problems: settled.problems } : { kind: "done", settled };
}

/**
 * Carry out a step, or try it. What somebody has stored meanwhile is not overwritten: neither a record that is
 * revised, nor the day whose version was seen.
 */
export async function take(
  difference: Difference,
  chosen: Chosen,
  how: How,
  { seen, signal }: { seen?: string; signal?: AbortSignal } = {},
): Promise<Settled> {
  const { step } = chosen;
  switch (step.what) {
    case "mirrorRecord":
    case "mirrorEntry":
    case "acknowledge":
      try {
        return await mirrorOrAcknowledge(difference, chosen, { ...how, ...asSeen(difference, seen) }, signal);
      } catch (fault) {
        return { ...NOTHING, problems: [unreadable(fault)] };
      }
    case "updateEntry":
    case "deleteEntry":
      return reviseEntry(difference, step, chosen.rights, how, signal);
    case "updateOccurrence":
    case "deleteOccurrence":
      return reviseOccurrence(difference, step, how, signal);
  }
}

function asSeen({ worker, date }: Difference, version: string | undefined) {
  return version === undefined ? {} : { ifUnchanged: [{ workerId: worker.id, date, version }] };
}

async function mirrorOrAcknowledge(
  { worker, date }: Difference,
  { step, terms }: Chosen,
  how: How & ReturnType<typeof asSeen>,
  signal: AbortSignal | undefined,
): Promise<Settled> {
  const window = { from: date, to: date };
  const written: Written = { worker, span: firstWish(worker, date, 0).span };
  if (step.what === "mirrorRecord") {
    const input = { id: step.id, ...window, ...how };
    const payload = (await mutate(MirrorRecordDocument, { input }, signal)).mirrorPersonTimeOff;
    return inWords(payload, written, undoOfMirroredRecord(worker, date, payload.results));
  }
  if (step.what === "mirrorEntry") {
    const { isPaid, reason, batchStartTime, isRounded } = terms;
    const wish = { ids: [step.entry.id], isPaid, reason, batchStartTime, roundToQuarterHours: isRounded };
    const input = { ...wish, ...window, ...how };
    const payload = (await mutate(MirrorEntriesDocument, { input }, signal)).mirrorTimeOffEntries;
    const [made, ...more] = payload.personTimeOffs;
    return inWords(payload, written, made && more.length === 0 ? undoOfSpanCreate(worker, written.span, made) : undefined);
  }
  const input = { days: [{ workerId: worker.id, date }], ...how };
  const payload = (await mutate(AcknowledgeDocument, { input }, signal)).acknowledgeDiscrepancy;
  const [made] = payload.acknowledgements;
  return inWords(payload, written, made && undoOfAcknowledgement(worker, date, made.id));
}

async function reviseEntry(
  { worker, date }: Difference,
  step: Extract<Step, { what: "updateEntry" | "deleteEntry" }>,
  rights: Rights,
  how: How,
  signal: AbortSignal | undefined,
): Promise<Settled> {
  const { entry } = step;
  const written: Written = { worker, span: firstWish(worker, date, 0).span };
  const isUpdate = step.what === "updateEntry";
  const revised: RevisedEntry = isUpdate
    ? await updateEntry(written, entry, step.hours, how, signal)
    : await removeEntry(written, entry, how, signal);
  const { problems, changedTo, warnings, days, after } = revised;
  const undo = isUpdate
    ? undoOfEntryEdit(worker, entry, after)
    : undoOfEntryDelete(worker, entry, may(rights.reasons, worker));
  return { problems, isOvertaken: changedTo !== undefined, warnings, lost: [], days, undo };
}

/** The one occurrence; of a record that has no other the record. */
async function reviseOccurrence(
  { worker }: Difference,
  step: Extract<Step, { what: "updateOccurrence" | "deleteOccurrence" }>,
  how: How,
  signal: AbortSignal | undefined,
): Promise<Settled> {
  const { record, occurrence } = step;
  const { originalDay } = occurrence;
  const isUpdate = step.what === "updateOccurrence";
  const isWhole = isUpdate ? !repeats(record) : isLastOf(record, occurrence);
  const target: Target = { record, originalDay, scope: isWhole ? "ALL" : "ONE" };
  const written: Written = { worker, span: usualOf(target) };
  const which = isWhole ? { scope: "ALL" as const } : { scope: "ONE" as const, originalDay };
  const version = { id: record.id, ifUnchangedSince: record.updatedAt };
  const revised = isUpdate
    ? await update(written, { ...version, ...which, batchEndTime: step.batchEndTime }, how, signal)
    : await remove(written, target, how, signal);
  const { problems, changedTo, warnings, days } = revised;
  const undo = undoOfRevision(worker, record, revised);
  return { problems, isOvertaken: changedTo !== undefined, warnings, lost: [], days, undo };
}

const OVERTAKEN = ["CHANGED_SINCE", "NO_DISCREPANCY", "NOT_FOUND"];

interface Payload {
  userErrors: RefusalFragment[];
  warnings?: HintFragment[];
  losses?: LossFragment[];
  days: BecomingDay[];
}

function inWords({ userErrors, warnings = [], losses = [], days }: Payload, written: Written, undo: Undo | undefined): Settled {
  return {
    problems: userErrors.map((each) => toProblem(each, written)),
    isOvertaken: userErrors.some(({ code }) => OVERTAKEN.includes(code)),
    warnings: warnings.map((each) => ({ ...each, message: hintInWords(each, written) })),
    // What differs in its numbers only may be the same in words.
    lost: [...new Set(losses.map(lossText))],
    days,
    undo,
  };
}
