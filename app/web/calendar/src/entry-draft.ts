// A dialog's draft of other hours: what it is about, and what somebody else makes of that meanwhile.

import { useState } from "preact/hooks";
import type { DayEntry } from "./entry";
import type { RevisedEntry } from "./entry-revising";
import { t } from "./messages";
import type { Problem } from "./wish";

export interface EntryDrafting {
  entry: DayEntry;
  /** What stands in the field. */
  hours: string;
  change: (hours: string) => void;
  problems: Problem[];
  /** The entry as somebody else has made it meanwhile: null if it is gone, undefined if nobody has. */
  meanwhileIn: (foreseen: RevisedEntry | undefined) => DayEntry | null | undefined;
  /** Note what a request that was refused says of it. */
  noted: (done: RevisedEntry) => RevisedEntry;
  /** Go on with another version; what was typed stays. */
  goOn: (entry: DayEntry) => void;
}

export function useEntryDraft(opened: DayEntry): EntryDrafting {
  const [entry, setEntry] = useState(opened);
  const [typed, setTyped] = useState<string>();
  const [heard, setHeard] = useState<DayEntry | null>();
  const hours = typed ?? String(entry.hours);
  const isNews = (version: DayEntry | null | undefined) =>
    version !== undefined && version?.updatedAt !== entry.updatedAt;
  return {
    entry,
    hours,
    change: setTyped,
    problems: problemsOf(hours, entry),
    meanwhileIn: (foreseen) => [foreseen?.changedTo, heard].find(isNews),
    noted: (done) => {
      setHeard(done.changedTo);
      return done;
    },
    goOn: setEntry,
  };
}

function problemsOf(hours: string, entry: DayEntry): Problem[] {
  if (!hours) return [{ place: "hours", message: t("wish.hours") }];
  return Number(hours) === entry.hours ? [{ place: "", message: t("edit.unchanged") }] : [];
}
