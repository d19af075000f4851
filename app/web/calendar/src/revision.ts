// A change of a record that is there: what stands in the form, and what of it is sent.

import type { Day } from "./days";
import type { DeletePersonTimeOffInput, Scope, UpdatePersonTimeOffInput } from "./generated";
import { t } from "./messages";
import { type Occurrence, type SpanRecord, hasDayThatCounts, occurrenceOf, plannedSpan, repeats } from "./occurrences";
import { type Problem, type SpanWish, problemsOfSpan } from "./wish";

export type { Scope };
export type Name = keyof SpanWish;

/** What is to be changed or deleted, as the form was filled from it. */
export interface Target {
  record: SpanRecord;
  originalDay: Day;
  scope: Scope;
}

export interface Draft extends Target {
  /** What somebody has written; it outlives another scope and another version of the record. */
  typed: Partial<SpanWish>;
}

const OF_THE_RECORD: readonly Name[] = ["applyToSaturday", "applyToSunday", "reason", "repeat", "cadence", "repeatEndDay"];
export const OF_THE_RULE: readonly Name[] = ["startDay", "endDay", "repeat", "cadence", "repeatEndDay"];

/** Why the scope cannot change the field; undefined where it can. */
export function lockOf({ record, scope, typed }: Draft, name: Name): string | undefined {
  if (!repeats(record)) return undefined;
  const isLost = typed[name] !== undefined;
  if (scope === "ONE" && OF_THE_RECORD.includes(name)) {
    return t(isLost ? "lock.sameForAllLost" : "lock.sameForAll");
  }
  if (scope === "ALL" && OF_THE_RULE.includes(name)) {
    return t(isLost ? "lock.chooseFollowingLost" : "lock.chooseFollowing");
  }
  return undefined;
}

/** What the form shows: what is now, with what was written over it as far as the scope can change it. */
export function wishOf(draft: Draft): SpanWish {
  const typed = Object.entries(draft.typed).filter(([name]) => !lockOf(draft, name as Name));
  return { ...usualOf(draft), ...Object.fromEntries(typed) };
}

/** The fields as the scope has them now: of one occurrence its own, else those of the rule. */
export function usualOf({ record, originalDay, scope }: Target): SpanWish {
  const occurrence = occurrenceOf(record, originalDay);
  const own = scope === "ONE" && occurrence ? occurrence : undefined;
  const { batchStartTime, batchEndTime, isPaid } = own ?? record;
  return {
    ...daysOf(record, scope === "ALL" ? occurrenceOf(record, record.startDay) : occurrence, own),
    batchStartTime,
    batchEndTime,
    isPaid,
    reason: record.reason ?? "",
    repeat: record.repeat,
    cadence: String(record.cadence ?? 1),
    repeatEndDay: record.repeatEndDay ?? "",
    applyToSaturday: record.applyToSaturday,
    applyToSunday: record.applyToSunday,
  };
}

function daysOf(record: SpanRecord, planned: Occurrence | undefined, own: Occurrence | undefined) {
  if (own || !planned) return { startDay: (own ?? record).startDay, endDay: (own ?? record).endDay };
  const { first, last } = plannedSpan(record, planned);
  return { startDay: first, endDay: last };
}

/** What is not even a request yet; a reason that one may not read stays, left empty. */
export function problemsOfDraft(draft: Draft): Problem[] {
  const isKept = draft.record.reason === null;
  return problemsOfSpan(wishOf(draft)).filter(({ place }) => !(isKept && place === "reason"));
}

/** The changed fields alone, so that nothing is overwritten that nobody has changed. */
export function updateOf(draft: Draft): UpdatePersonTimeOffInput | undefined {
  const changed = changedFields(draft);
  if (problemsOfDraft(draft).length || Object.keys(changed).length === 0) return undefined;
  return { ...whichOf(draft), ...changed };
}

type Changed = Omit<Partial<SpanWish>, "cadence"> & { cadence?: number };

function changedFields(draft: Draft): Changed {
  const [usual, wish] = [usualOf(draft), wishOf(draft)];
  const isOtherRule = wish.repeat !== usual.repeat;
  // A first day that is sent alone moves, and keeps the length: the form says both.
  const isOtherSpan = wish.startDay !== usual.startDay || wish.endDay !== usual.endDay;
  const names = (Object.keys(wish) as Name[]).filter((name) => {
    if (name === "startDay" || name === "endDay") return isOtherSpan;
    if (name === "cadence" || name === "repeatEndDay") {
      return wish.repeat !== "NEVER" && (isOtherRule || wish[name] !== usual[name]);
    }
    // What is blank where a reason is hidden says nothing about it.
    return name === "reason" ? wish.reason.trim() !== usual.reason.trim() : wish[name] !== usual[name];
  });
  const { cadence, ...others }: Partial<SpanWish> = Object.fromEntries(names.map((name) => [name, wish[name]]));
  return { ...others, ...(cadence !== undefined && { cadence: Number(cadence) }) };
}

/**
 * Which occurrences, of which version. A record that does not repeat is changed as its first occurrence and
 * all that follow, which may also let it repeat.
 */
function whichOf({ record, originalDay, scope }: Target) {
  const version = { id: record.id, ifUnchangedSince: record.updatedAt };
  if (!repeats(record)) return { ...version, scope: "FOLLOWING" as const, originalDay: record.startDay };
  return { ...version, ...scoped(originalDay, scope) };
}

function scoped(originalDay: Day, scope: Scope) {
  return scope === "ALL" ? { scope } : { scope, originalDay };
}

export function deletionOf({ record, originalDay, scope }: Target): DeletePersonTimeOffInput {
  return { id: record.id, ifUnchangedSince: record.updatedAt, ...scoped(originalDay, scope) };
}

/** The occurrences that a delete lets be. */
export function leftBy({ record, originalDay, scope }: Target): Occurrence[] {
  if (scope === "ALL") return [];
  if (scope === "ONE") return record.instances.filter((each) => each.originalDay !== originalDay);
  const before = record.instances.filter((each) => each.originalDay < originalDay);
  // Where no day before it counts, the record is deleted whole.
  return before.some((each) => hasDayThatCounts(record, each)) ? before : [];
}

/** What a newer version of the record lets one go on with. */
export function scopeIn(record: SpanRecord, originalDay: Day, wanted: Scope): Scope {
  const occurrence = occurrenceOf(record, originalDay);
  if (!repeats(record) || !occurrence) return "ALL";
  return wanted === "ONE" && occurrence.status === "SKIPPED" ? "FOLLOWING" : wanted;
}
