// A dialog's draft of a change: what it is about, and what somebody else makes of that meanwhile.

import { useState } from "preact/hooks";
import { type Day, addDays, daysBetween, within } from "./days";
import { occurrenceOf, repeats, type SpanRecord } from "./occurrences";
import { type Draft, type Target, scopeIn, usualOf } from "./revision";
import type { Revised } from "./revising";

export interface Drafting {
  draft: Draft;
  change: (changed: Partial<Draft>) => void;
  /** The record as somebody else has made it meanwhile: null if it is gone, undefined if nobody has. */
  meanwhileIn: (foreseen: Revised | undefined) => SpanRecord | null | undefined;
  /** Note what a request that was refused says of it. */
  noted: (done: Revised) => Revised;
  /** Go on with another version; what was typed stays. */
  goOn: (record: SpanRecord) => void;
}

/** Where it goes from one day to another, that is written already. */
export function useDraft(record: SpanRecord, originalDay: Day, going?: { from: Day; to: Day }): Drafting {
  const [draft, setDraft] = useState<Draft>(() => {
    const scope = repeats(record) && occurrenceOf(record, originalDay) ? "ONE" : "ALL";
    const target: Target = { record, originalDay, scope };
    return { ...target, typed: going ? movedSpan(target, going) : {} };
  });
  const [heard, setHeard] = useState<SpanRecord | null>();
  const isNews = (version: SpanRecord | null | undefined) =>
    version !== undefined && version?.updatedAt !== draft.record.updatedAt;
  return {
    draft,
    change: (changed) => setDraft((before) => ({ ...before, ...changed })),
    meanwhileIn: (foreseen) => [foreseen?.changedTo, heard].find(isNews),
    noted: (done) => {
      setHeard(done.changedTo);
      return done;
    },
    goOn: (version) =>
      setDraft((before) => ({
        ...before,
        record: version,
        scope: scopeIn(version, before.originalDay, before.scope),
      })),
  };
}

function movedSpan(target: Target, { from, to }: { from: Day; to: Day }): Draft["typed"] {
  const { startDay, endDay } = usualOf(target);
  const along = (day: Day) => within(addDays(day, daysBetween(from, to)));
  return { startDay: along(startDay), endDay: along(endDay) };
}
