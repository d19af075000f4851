import { dayText } from "./formats";
import type { Repeat } from "./generated";
import { t } from "./messages";
import type { SpanRecord } from "./occurrences";

export const REPEATS = ["NEVER", "WEEKLY", "MONTHLY", "YEARLY"] as const satisfies readonly Repeat[];

/** The rhythm in words, such as "every 2 weeks". */
export function cycleOf(repeat: Repeat, cadence: number | null): string {
  return repeat === "NEVER" ? t("repeat.never") : t(`repeat.cycle.${repeat}`, { cadence: cadence ?? 1 });
}

/** The rhythm and its end, such as "every 2 weeks until Fri, 1 May 2026". */
export function repeatText({ repeat, cadence, repeatEndDay }: Pick<SpanRecord, "repeat" | "cadence" | "repeatEndDay">) {
  const cycle = cycleOf(repeat, cadence);
  return repeatEndDay ? t("repeat.until", { cycle, day: dayText(repeatEndDay, "") }) : cycle;
}
