// What the gateway refuses, warns of or notes, by its code and in the reader's language: people by
// their names, days as people write them. A code that has no words here is said as the gateway says it.

import { type Day, FIRST_DAY, LAST_DAY } from "./days";
import { dateText, dayInFull, timeText } from "./formats";
import type { DayNoteCode, HintFragment, RefusalFragment } from "./generated";
import { isMessage, t } from "./messages";
import type { Problem, Wish } from "./wish";

/** Whose time off is written, and what stands in the form about days and times. */
export type Written = Pick<Wish, "worker" | "span">;
type HoursExceeded = Extract<RefusalFragment, { possibleHours: unknown }>;

/** A refusal at its field: what is about the user, the person or the company is at the worker's. */
export function toProblem(refusal: RefusalFragment, wish: Written): Problem {
  const place = refusal.path.join(".");
  const isAboutWho = ["personId", "companyId"].includes(place) || place.endsWith(".userId");
  return { place: isAboutWho ? "worker" : place, message: inWords(refusal, wish) };
}

function inWords(refusal: RefusalFragment, { worker, span }: Written): string {
  const name = worker?.fullName ?? "";
  const place = refusal.path.join(".");
  if ("possibleHours" in refusal) return hoursInWords(refusal, name);
  switch (refusal.code) {
    case "INVALID_VALUE":
      return invalidInWords(refusal);
    case "NOT_FOUND":
      // A delete of many names each by its place.
      if (place === "id" || refusal.path[0] === "ids") return t("refusal.noRecord");
      if (place === "originalDay") return t("refusal.noOccurrence");
      return name ? t("refusal.noWorker", { name }) : t("refusal.NOT_FOUND");
    case "NOT_PERMITTED":
      return name ? t("refusal.notPermitted", { name }) : t("refusal.notPermittedWorker");
    case "DAYS_REVERSED": {
      const last = refusal.path.includes("repeatEndDay") ? span.repeatEndDay : span.endDay;
      return t("refusal.daysReversed", { last: dayInFull(last), first: dayInFull(span.startDay) });
    }
    case "NOT_CONVERTIBLE":
      return name && span.startDay
        ? t("refusal.notConvertible", { name, day: dayInFull(span.startDay) })
        : t("refusal.NOT_CONVERTIBLE");
    case "NO_DAY_COUNTS":
      return t(place === "originalDay" ? "refusal.noDayLeft" : "refusal.NO_DAY_COUNTS");
    default: {
      const id = `refusal.${refusal.code}` as const;
      return isMessage(id) ? t(id) : refusal.message;
    }
  }
}

/** A value that no rule admits: what is admitted at its place. */
function invalidInWords({ path, message }: RefusalFragment): string {
  const [first, last] = [dateText(FIRST_DAY), dateText(LAST_DAY)];
  switch (path.at(-1)) {
    case "hours":
      return t("invalid.hours");
    case "requestedDate":
    case "startDay":
    case "endDay":
      return t("invalid.day", { first, last });
    case "batchEndTime":
      return t("invalid.sameTimes");
    case "reason":
      return t("invalid.reason");
    case "cadence":
      return t("wish.cadence");
    case "repeatEndDay":
      return t("invalid.repeatEndDay", { last });
    default:
      return t("refusal.as", { message });
  }
}

function hoursInWords({ date, possibleHours, takenHours, requestedHours }: HoursExceeded, name: string): string {
  const day = dayInFull(date);
  if (possibleHours === 0) return t("refusal.noHours", { name, day });
  const free = Math.max(0, possibleHours - takenHours);
  const left = takenHours === 0 ? "all" : free > 0 ? "part" : "none";
  return t("refusal.hours", { name, day, left, free, possible: possibleHours, requested: requestedHours });
}

/** The gateway names records by their ids, which nobody at the screen knows; days and times it has for us. */
export function hintInWords({ code, message, path }: HintFragment, { worker }: Pick<Wish, "worker">): string {
  switch (code) {
    case "OVERLAPS_TIME_OFF":
      return overlapInWords(path, worker?.fullName, /\d{4}-\d\d-\d\d(?=\.$)/.exec(message)?.[0]);
    case "TIME_ROUNDED": {
      const [sent, stored] = message.match(/\b\d\d:\d\d\b/g) ?? [];
      if (!sent || !stored) return t("warning.TIME_ROUNDED");
      return t("warning.timeRounded", { sent: timeText(sent), stored: timeText(stored) });
    }
    case "INSTANCE_WITHOUT_COUNTED_DAY": {
      const day = /^\d{4}-\d\d-\d\d(?=:)/.exec(message)?.[0];
      return day ? t("warning.instanceOn", { day: dayInFull(day) }) : t("warning.INSTANCE_WITHOUT_COUNTED_DAY");
    }
    default: {
      const id = `warning.${code}` as const;
      return isMessage(id) ? t(id) : message;
    }
  }
}

function overlapInWords(path: string[], name: string | undefined, day: Day | undefined): string {
  // Occurrences that a change lets meet are of the same record.
  if (path.join() === "originalDay") {
    return day ? t("warning.ownOverlap", { day: dayInFull(day) }) : t("warning.ownOverlaps");
  }
  if (!name) return t("warning.OVERLAPS_TIME_OFF");
  return day ? t("warning.overlapsFirstOn", { name, day: dayInFull(day) }) : t("warning.overlaps", { name });
}

/** What the gateway explains about a day. */
export function noteInWords({ code, message }: { code: DayNoteCode; message: string }): string {
  const id = `note.${code}` as const;
  return isMessage(id) ? t(id) : message;
}
