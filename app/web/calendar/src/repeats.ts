import type { Repeat } from "./generated";

export const REPEATS: readonly { repeat: Repeat; name: string; unit: string }[] = [
  { repeat: "NEVER", name: "Does not repeat", unit: "" },
  { repeat: "WEEKLY", name: "Weekly", unit: "week" },
  { repeat: "MONTHLY", name: "Monthly", unit: "month" },
  { repeat: "YEARLY", name: "Yearly", unit: "year" },
];

/** The rhythm in words, such as "every 2 weeks". */
export function cycleOf(repeat: Repeat, cadence: number | null): string {
  const unit = unitOf(repeat);
  return cadence === 1 ? `every ${unit}` : `every ${cadence} ${unit}s`;
}

export function unitOf(repeat: Repeat): string {
  return REPEATS.find((each) => each.repeat === repeat)?.unit ?? "";
}
