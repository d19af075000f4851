// A dialog's draft of an entry: its day and hours as they were and as they are typed, and what somebody else makes of it
// meanwhile.

import { useState } from "preact/hooks";
import type { Day } from "./days";
import type { DayEntry } from "./entry";
import type { RevisedEntry } from "./entry-revising";
import type { RangeWish } from "./ranges";

export interface EntryDrafting {
  entry: DayEntry;
  /** What stands in the fields: of a single day. */
  range: RangeWish;
  change: (range: RangeWish) => void;
  /** The entry as somebody else has made it meanwhile: null if it is gone, undefined if nobody has. */
  meanwhileIn: (foreseen: RevisedEntry | undefined) => DayEntry | null | undefined;
  /** Note what a request that was refused says of it. */
  noted: (done: RevisedEntry) => RevisedEntry;
  /** Go on with another version; what was typed stays. */
  goOn: (entry: DayEntry) => void;
}

/** Where it goes to another day, that is written already. */
export function useEntryDraft(opened: DayEntry, to?: Day): EntryDrafting {
  const [entry, setEntry] = useState(opened);
  const [typed, setTyped] = useState<Partial<RangeWish>>(to ? { first: to, last: to } : {});
  const [heard, setHeard] = useState<DayEntry | null>();
  const isNews = (version: DayEntry | null | undefined) =>
    version !== undefined && version?.updatedAt !== entry.updatedAt;
  const range = { ...rangeOf(entry), ...typed };
  return {
    entry,
    range,
    change: (next) => setTyped({ ...typed, ...changed(range, next) }),
    meanwhileIn: (foreseen) => [foreseen?.changedTo, heard].find(isNews),
    noted: (done) => {
      setHeard(done.changedTo);
      return done;
    },
    goOn: setEntry,
  };
}

function rangeOf({ requestedDate, hours }: DayEntry): RangeWish {
  return { first: requestedDate, last: requestedDate, amount: "HOURS", hours: String(hours) };
}

function changed(before: RangeWish, after: RangeWish): Partial<RangeWish> {
  const names = Object.keys(after) as (keyof RangeWish)[];
  return Object.fromEntries(names.filter((name) => after[name] !== before[name]).map((name) => [name, after[name]]));
}
