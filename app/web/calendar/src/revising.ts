// A record is changed or deleted, or that is tried only, and what the gateway says is put into words.

import type { Day } from "./days";
import { mutate } from "./gateway";
import {
  DeletePersonTimeOffDocument,
  type HintFragment,
  RestoreOccurrenceDocument,
  type RevisedFragment,
  type RevisionRefusalFragment,
  UpdatePersonTimeOffDocument,
  type UpdatePersonTimeOffInput,
} from "./generated";
import { type Occurrence, type SpanRecord, occurrencesOn } from "./occurrences";
import { type Written, hintInWords, toProblem } from "./refusals";
import { type Target, deletionOf, leftBy } from "./revision";
import { type BecomingDay, type How, unreadable } from "./sending";
import type { Problem } from "./wish";

/** What became of a change, or would become of it. */
export interface Revised {
  problems: Problem[];
  /** What somebody else has made of the record meanwhile: null if it is gone. */
  changedTo: SpanRecord | null | undefined;
  warnings: HintFragment[];
  days: BecomingDay[];
  removed: Day[];
  added: Day[];
  kept: Day[];
  keptExceptions: Occurrence[];
  dropped: Occurrence[];
  /** What is left of the record, and the one that goes on where it now ends; null where there is none. */
  after: SpanRecord | null;
  splitOff: SpanRecord | null;
}

const NOTHING: Revised = {
  problems: [],
  changedTo: undefined,
  warnings: [],
  days: [],
  removed: [],
  added: [],
  kept: [],
  keptExceptions: [],
  dropped: [],
  after: null,
  splitOff: null,
};

export async function update(
  written: Written,
  input: UpdatePersonTimeOffInput,
  how: How,
  signal?: AbortSignal,
): Promise<Revised> {
  try {
    const answer = await mutate(UpdatePersonTimeOffDocument, { input: { ...input, ...how } }, signal);
    return revised(answer.updatePersonTimeOff, written);
  } catch (fault) {
    return { ...NOTHING, problems: [unreadable(fault)] };
  }
}

export async function restore(written: Written, record: SpanRecord, originalDay: Day, idempotencyKey: string) {
  const input = { id: record.id, originalDay, ifUnchangedSince: record.updatedAt, idempotencyKey };
  return revised((await mutate(RestoreOccurrenceDocument, { input })).restoreOccurrence, written);
}

/** A day that a delete is about goes, unless another occurrence lies on it. */
export async function remove(written: Written, target: Target, how: How, signal?: AbortSignal): Promise<Revised> {
  const input = { ...deletionOf(target), ...how };
  const payload = (await mutate(DeletePersonTimeOffDocument, { input }, signal)).deletePersonTimeOff;
  const { userErrors, days, personTimeOff: after } = payload;
  const left = leftBy(target);
  const stays = (day: Day) => occurrencesOn(target.record, day).some((each) => left.includes(each));
  const dates = days.map(({ date }) => date);
  return {
    ...NOTHING,
    after,
    days,
    removed: dates.filter((day) => !stays(day)),
    kept: dates.filter(stays),
    ...refused(userErrors, written),
  };
}

function revised(payload: RevisedFragment, written: Written): Revised {
  return {
    ...refused(payload.userErrors, written),
    warnings: payload.warnings.map((each) => ({ ...each, message: hintInWords(each, written) })),
    days: payload.days,
    removed: payload.removedDays,
    added: payload.addedDays,
    kept: payload.keptDays,
    keptExceptions: payload.keptExceptions,
    dropped: payload.droppedExceptions,
    after: payload.personTimeOff,
    splitOff: payload.splitOff,
  };
}

function refused(userErrors: RevisionRefusalFragment[], written: Written): Pick<Revised, "problems" | "changedTo"> {
  const changes = userErrors.flatMap((each) => ("current" in each ? [recordIn(each.current)] : []));
  const isGone = userErrors.some(({ code, path }) => code === "NOT_FOUND" && path.join(".") === "id");
  return {
    problems: userErrors.map((each) => toProblem(each, written)),
    changedTo: isGone ? null : changes[0],
  };
}

function recordIn(current: object | null): SpanRecord | null {
  return current && "instances" in current ? (current as SpanRecord) : null;
}
