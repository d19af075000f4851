// What the gateway refuses or warns of, in the words of this page: people by their names, days with
// their weekdays. What is not said here is said as the gateway says it.

import { type Day, weekdayName } from "./days";
import type { HintFragment, RefusalFragment } from "./generated";
import { hoursText } from "./kinds";
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
    case "CHANGED_SINCE":
      return "Somebody has changed it meanwhile.";
    case "NOT_FOUND":
      if (place === "id") return "It is not there any more: somebody has deleted it.";
      if (place === "originalDay") return "This occurrence is not there any more.";
      return `${name} is not there any more. Load the page again.`;
    case "NOT_PERMITTED":
      return `You may not record time off for ${name || "this worker"}.`;
    case "DAYS_REVERSED":
      return refusal.path.includes("repeatEndDay")
        ? `${dayText(span.repeatEndDay)} is before the first day, ${dayText(span.startDay)}.`
        : `${dayText(span.endDay)} is before the first day, ${dayText(span.startDay)}.`;
    case "NO_DAY_COUNTS":
      if (place === "originalDay") return "No day would be left beside it that counts: choose All.";
      return "Every day lies on a weekend: let Saturdays or Sundays count.";
    default:
      return refusal.message;
  }
}

function hoursInWords({ date, possibleHours, takenHours, requestedHours }: HoursExceeded, name: string): string {
  if (possibleHours === 0) return `${name} has no working hours on ${dayText(date)}.`;
  const free = Math.max(0, possibleHours - takenHours);
  const left = takenHours === 0 ? "" : free > 0 ? `, of which ${hoursText(free)} h are free` : ", none of them free";
  return `${name} works ${hoursText(possibleHours)} h on ${dayText(date)}${left}: ${hoursText(requestedHours)} h do not fit.`;
}

/** The gateway names the other record by its id, which nobody at the screen knows. */
export function hintInWords({ code, message }: HintFragment, { worker }: Pick<Wish, "worker">): string {
  if (code !== "OVERLAPS_TIME_OFF" || !worker) return message;
  const day = /\d{4}-\d\d-\d\d(?=\.$)/.exec(message)?.[0];
  const since = day ? `, first on ${dayText(day)}` : "";
  return `Overlaps other time off of ${worker.fullName}${since}.`;
}

function dayText(day: Day): string {
  return `${weekdayName(day)} ${day}`;
}
