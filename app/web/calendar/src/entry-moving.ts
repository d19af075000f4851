// An entry goes to another day. Kantata keeps its day (rule 2.9): its hours are recorded anew there, and then deleted where
// they were, so that no failure between the two loses hours.

import type { Day } from "./days";
import { type DayEntry, markOf } from "./entry";
import { NOTHING, type RevisedEntry, removeEntry } from "./entry-revising";
import { dayText } from "./formats";
import { mutate } from "./gateway";
import { CreateEntriesDocument, type CreateEntriesMutation, type TimeOffEntryInput } from "./generated";
import { t } from "./messages";
import { type Written, hintInWords, toProblem } from "./refusals";
import type { Worker } from "./schedule";
import { type How, unreadable } from "./sending";
import { itemsOf, notIn, undoOfEntryCreate } from "./undo-entries";
import { Steps } from "./undoing";
import { type EntryWish, type Problem, atRanges } from "./wish";

export interface Move {
  worker: Worker;
  written: Written;
  entry: DayEntry;
  day: Day;
  hours: number;
}

type Made = CreateEntriesMutation["createTimeOffEntries"];

/** What it becomes on the other day: its references go along, but not that of a conversion, which is about the old day. */
function itemsOn({ worker, entry, day, hours }: Move): TimeOffEntryInput[] {
  const mark = markOf(entry);
  const externalReferences = entry.externalReferences.filter((each) => each !== mark);
  return itemsOf(worker, { ...entry, externalReferences, requestedDate: day, hours });
}

/** As much of each item as undo needs. */
export function wishedOf(move: Move): EntryWish[] {
  return itemsOn(move).map(({ requestedDate, hours }) => ({ day: requestedDate, hours: String(hours) }));
}

/** What does not go along, in words. */
export function lostByMove(move: Move, readsReasons: boolean): string[] {
  const mark = markOf(move.entry);
  const left = notIn(itemsOn(move), move.entry).filter((each) => each !== mark);
  const references = left.map(({ serviceName, serviceModel }) => `${serviceName} ${serviceModel}`).join(", ");
  const isBlind = !readsReasons && itemsOn(move).some(({ externalReference }) => externalReference);
  return [
    ...(references ? [t("entry.referenceLeft", { references })] : []),
    ...(isBlind ? [t("entry.messageLeft")] : []),
  ];
}

/** What would become of both days. */
export async function foreseeMove(move: Move, signal?: AbortSignal): Promise<RevisedEntry> {
  const how = { dryRun: true } as const;
  const [created, removed] = await Promise.all([
    createThere(move, how, signal),
    removeEntry(move.written, move.entry, how, signal),
  ]);
  return both(created, removed);
}

/** A move that is carried out, and may be sent again where an answer was lost. */
export class Moving {
  /** What is made of a move whose other half nobody has heard of. */
  private half: { key: string; move: Move; back: Steps } | undefined;

  async carryOut(move: Move, key: string): Promise<RevisedEntry> {
    const how = { idempotencyKey: key };
    const problems = this.half?.key === key ? [] : await this.leave();
    if (problems.length > 0) return { ...NOTHING, problems };
    const created = await createThere(move, how);
    if (created.problems.length > 0 || !created.made) return created;
    const undo = undoOfEntryCreate(move.worker, wishedOf(move), created.made);
    const back = new Steps(undo);
    this.half = { key, move, back };
    const removed = await removeEntry(move.written, move.entry, how);
    if (removed.problems.length === 0) this.half = undefined;
    else removed.problems.push(...(await this.takeBack(back)));
    return both(created, removed);
  }

  /**
   * Something else is sent now: what was made for the move before is taken back first. That would lose the hours where the
   * entry is gone, because only the answer to that was lost: then they are on the other day, and it is said so.
   */
  async leave(): Promise<Problem[]> {
    if (!this.half) return [];
    const { move, back } = this.half;
    const there = await removeEntry(move.written, move.entry, { dryRun: true });
    if (there.changedTo !== null) return this.takeBack(back);
    return [{ place: "", message: t("entry.movedAlready", { day: dayText(move.day, move.entry.requestedDate) }) }];
  }

  /** What could not be taken back is returned in words. */
  private async takeBack(back: Steps): Promise<Problem[]> {
    const outcome = await back.run();
    if (outcome.kind === "failed") throw outcome.failure;
    this.half = undefined;
    return outcome.kind === "refused" ? [{ place: "", message: outcome.why }] : [];
  }
}

async function createThere(move: Move, how: How, signal?: AbortSignal): Promise<RevisedEntry> {
  const { written } = move;
  const items = itemsOn(move);
  try {
    const data = await mutate(CreateEntriesDocument, { input: { timeOffEntries: items, ...how } }, signal);
    const made: Made = data.createTimeOffEntries;
    const planned = wishedOf(move).map((each) => ({ ...each, range: 0 }));
    return {
      ...NOTHING,
      problems: atRanges(made.userErrors.map((each) => toProblem(each, written)), planned),
      warnings: made.warnings.map((each) => ({ ...each, message: hintInWords(each, written) })),
      days: made.days,
      made,
    };
  } catch (fault) {
    return { ...NOTHING, problems: [unreadable(fault)] };
  }
}

function both(created: RevisedEntry, removed: RevisedEntry): RevisedEntry {
  return {
    ...created,
    problems: [...removed.problems, ...created.problems],
    changedTo: removed.changedTo,
    days: [...removed.days, ...created.days].sort((one, other) => (one.date < other.date ? -1 : 1)),
  };
}
