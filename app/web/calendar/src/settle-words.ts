// What settling a difference does, did, or could not do, in words.

import type { Day } from "./days";
import { dayText, timeText } from "./formats";
import type { LossFragment } from "./generated";
import { isMessage, t } from "./messages";
import { inOneLine, repeats, timesText } from "./occurrences";
import { type Choice, type Difference, type OpenDifference, type Plan, type Step, isLastOf } from "./settle-plans";
import type { Settled } from "./settling";

/** What a choice is called, of a difference of this kind. */
export function choiceText(choice: Choice, { kind, kantataHours, procoreHours }: Difference): string {
  if (choice === "stays") return t(kind === "HOURS_DIFFER" ? "settle.choice.two" : "settle.choice.stays");
  const hours = choice === "kantata" ? kantataHours : procoreHours;
  return t(`settle.choice.${choice}`, { hours });
}

/** What a choice would do, or why it cannot be chosen. */
export function planText({ difference }: OpenDifference, plan: Plan): string {
  if (plan.obstacle) return t(`settle.obstacle.${plan.obstacle}`);
  return stepText(plan.step, difference);
}

function stepText(step: Step, { kantataHours, procoreHours }: Difference): string {
  switch (step.what) {
    case "mirrorRecord":
      return t("settle.step.mirrorRecord", { before: kantataHours, after: step.hours });
    case "updateEntry":
      return t("settle.step.updateEntry", { before: step.entry.hours, after: step.hours });
    case "deleteEntry":
      return t("settle.step.deleteEntry", { hours: step.entry.hours });
    case "mirrorEntry":
      return t("settle.step.mirrorEntry", { hours: step.entry.hours });
    case "updateOccurrence":
      return t("settle.step.updateOccurrence", {
        before: procoreHours,
        after: kantataHours,
        end: timeText(step.batchEndTime),
      });
    case "deleteOccurrence": {
      const isRepeat = repeats(step.record) && !isLastOf(step.record, step.occurrence);
      return t(isRepeat ? "settle.step.skipOccurrence" : "settle.step.deleteRecord", { hours: procoreHours });
    }
    case "acknowledge":
      return t("settle.step.acknowledge");
  }
}

/** Whose day it is, such as "Ida Vale, Tue 3 March". */
export function whoseDay({ worker, date }: Difference, beside: Day = date): string {
  return t("settle.whoseDay", { name: worker.fullName, day: dayText(date, beside) });
}

/** That somebody else has changed the day, and what both systems say of it now. */
export function overtakenText({ kantataHours, procoreHours }: Difference): string {
  return t("settle.overtakenOne", { kantata: kantataHours, procore: procoreHours });
}

export function kindText({ kind }: Pick<Difference, "kind">): string {
  return t(`settle.kind.${kind}`);
}

/** Whether the systems still differ on the day afterwards, and nobody has said that they may. */
export function stillDiffers({ days }: Settled, day: Day): boolean {
  const after = days.find(({ date }) => date === day);
  return after !== undefined && after.discrepancy !== null;
}

export function doneText(choice: Choice, settled: Settled, difference: Difference): string {
  const of = { name: difference.worker.fullName, day: dayText(difference.date, difference.date) };
  if (choice !== "stays" && stillDiffers(settled, difference.date)) return t("settle.doneDiffers", of);
  return t(`settle.done.${choice}`, of);
}

/** What the other system cannot say; a code that has no words here is said as the gateway says it. */
export function lossText({ code, message, times, hoursBefore, hoursAfter }: LossFragment): string {
  switch (code) {
    case "CLOCK_TIMES": {
      const texts = times.map(({ startTime, endTime }) =>
        timesText({ batchStartTime: startTime, batchEndTime: endTime }),
      );
      return t("lost.CLOCK_TIMES", { times: inOneLine(texts) });
    }
    case "QUARTER_HOURS":
      return t("lost.QUARTER_HOURS", { before: hoursBefore ?? 0, after: hoursAfter ?? 0 });
    default: {
      const id = `lost.${code}` as const;
      return isMessage(id) ? t(id) : message;
    }
  }
}
