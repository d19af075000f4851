// An entry is changed or deleted, or that is tried only, and what the gateway says is put into words.

import type { Day } from "./days";
import type { DayEntry } from "./entry";
import { mutate } from "./gateway";
import {
  DeleteEntriesDocument,
  type HintFragment,
  MoveEntryDocument,
  type RevisionRefusalFragment,
  UpdateEntryDocument,
  type UpdateEntryMutation,
} from "./generated";
import { type Written, hintInWords, toProblem } from "./refusals";
import { type BecomingDay, type How, unreadable } from "./sending";
import type { Problem } from "./wish";

/** What became of a change, or would become of it. */
export interface RevisedEntry {
  problems: Problem[];
  /** What somebody else has made of the entry meanwhile: null if it is gone. */
  changedTo: DayEntry | null | undefined;
  warnings: HintFragment[];
  days: BecomingDay[];
  /** The entry as it is now; null where it is deleted. */
  after: UpdateEntryMutation["updateTimeOffEntry"]["timeOffEntry"];
}

const NOTHING: RevisedEntry = { problems: [], changedTo: undefined, warnings: [], days: [], after: null };

export async function updateEntry(
  written: Written,
  { id, updatedAt }: DayEntry,
  hours: number,
  how: How,
  signal?: AbortSignal,
): Promise<RevisedEntry> {
  try {
    const input = { id, hours, ifUnchangedSince: updatedAt, ...how };
    return revised(written, (await mutate(UpdateEntryDocument, { input }, signal)).updateTimeOffEntry);
  } catch (fault) {
    return { ...NOTHING, problems: [unreadable(fault)] };
  }
}

/** It goes to another day, with these hours there. */
export async function moveEntry(
  written: Written,
  { id, updatedAt }: DayEntry,
  requestedDate: Day,
  hours: number,
  how: How,
  signal?: AbortSignal,
): Promise<RevisedEntry> {
  try {
    const input = { id, requestedDate, hours, ifUnchangedSince: updatedAt, ...how };
    return revised(written, (await mutate(MoveEntryDocument, { input }, signal)).moveTimeOffEntry);
  } catch (fault) {
    return { ...NOTHING, problems: [unreadable(fault)] };
  }
}

type Revision = UpdateEntryMutation["updateTimeOffEntry"];

function revised(written: Written, { userErrors, warnings, days, timeOffEntry }: Revision): RevisedEntry {
  return {
    warnings: warnings.map((each) => ({ ...each, message: hintInWords(each, written) })),
    days,
    after: timeOffEntry,
    ...refused(userErrors, written),
  };
}

export async function removeEntry(
  written: Written,
  { id, updatedAt }: DayEntry,
  how: How,
  signal?: AbortSignal,
): Promise<RevisedEntry> {
  const input = { ids: [id], ifUnchangedSince: [updatedAt], ...how };
  const { userErrors, days } = (await mutate(DeleteEntriesDocument, { input }, signal)).deleteTimeOffEntries;
  return { ...NOTHING, days, ...refused(userErrors, written) };
}

/** Several are deleted by one request, all or none. */
export async function removeEntries(
  written: Written,
  entries: DayEntry[],
  how: How,
  signal?: AbortSignal,
): Promise<RevisedEntry> {
  const versions = { ids: entries.map(({ id }) => id), ifUnchangedSince: entries.map(({ updatedAt }) => updatedAt) };
  const input = { ...versions, ...how };
  const { userErrors, days } = (await mutate(DeleteEntriesDocument, { input }, signal)).deleteTimeOffEntries;
  const said = userErrors.map((each) => toProblem(each, written).message);
  return { ...NOTHING, days, problems: [...new Set(said)].map((message) => ({ place: "", message })) };
}

function refused(refusals: RevisionRefusalFragment[], written: Written): Pick<RevisedEntry, "problems" | "changedTo"> {
  const changes = refusals.flatMap((each) => ("current" in each ? [entryIn(each.current)] : []));
  const isGone = refusals.some(({ code, path }) => code === "NOT_FOUND" && ["id", "ids"].includes(path[0] ?? ""));
  return {
    problems: refusals.map((each) => toProblem(each, written)),
    changedTo: isGone ? null : changes[0],
  };
}

function entryIn(current: object | null): DayEntry | null {
  return current && "externalReferences" in current ? (current as DayEntry) : null;
}
