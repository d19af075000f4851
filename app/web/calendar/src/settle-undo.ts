// How what was mirrored and acknowledged becomes again what it was.

import type { Day } from "./days";
import { dayText } from "./formats";
import { Failure, mutate } from "./gateway";
import {
  DeleteEntriesDocument,
  type MirrorRecordMutation,
  TakeBackAcknowledgementDocument,
} from "./generated";
import { t } from "./messages";
import { toProblem } from "./refusals";
import type { Worker } from "./schedule";
import type { Steps, Undo } from "./undoing";
import { firstWish } from "./wish";

type Results = MirrorRecordMutation["mirrorPersonTimeOff"]["results"];

/**
 * An entry that was made is deleted. One that had hours before keeps them and remembers what was brought:
 * to take that back, the record is mirrored again once it is otherwise.
 */
export function undoOfMirroredRecord(worker: Worker, day: Day, results: Results): Undo | undefined {
  const [only, ...others] = results;
  const made = only?.outcome === "CREATED" ? only.timeOffEntry : null;
  if (!made || others.length > 0) return undefined;
  const input = { ids: [made.id], ifUnchangedSince: [made.updatedAt] };
  const what = t("undo.entriesDeleted", { days: dayText(day, day) });
  return undoBy(worker, day, what, (how) =>
    mutate(DeleteEntriesDocument, { input: { ...input, ...how } }).then((data) => data.deleteTimeOffEntries),
  );
}

export function undoOfAcknowledgement(worker: Worker, day: Day, id: string): Undo {
  const what = t("settle.takenBack", { name: worker.fullName, day: dayText(day, day) });
  return undoBy(worker, day, what, (how) =>
    mutate(TakeBackAcknowledgementDocument, { input: { ids: [id], ...how } }).then(
      (data) => data.deleteDiscrepancyAcknowledgement,
    ),
  );
}

function undoBy(worker: Worker, day: Day, what: string, send: Parameters<Steps["take"]>[2]): Undo {
  const carryOut = async (steps: Steps) => {
    await steps.take({ worker, span: firstWish(worker, day, 0).span }, what, send);
    return [];
  };
  return { carryOut, lost: [] };
}

/** Take back that a difference is to stay. */
export async function takeBack(worker: Worker, day: Day, acknowledgement: string, idempotencyKey: string): Promise<void> {
  const input = { ids: [acknowledgement], idempotencyKey };
  const { userErrors } = (await mutate(TakeBackAcknowledgementDocument, { input })).deleteDiscrepancyAcknowledgement;
  const [refusal] = userErrors;
  // Where it is gone already, that is what was wanted.
  if (!refusal || refusal.code === "NOT_FOUND") return;
  throw new Failure(toProblem(refusal, { worker, span: firstWish(worker, day, 0).span }).message);
}
