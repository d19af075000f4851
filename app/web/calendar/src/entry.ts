// An entry of Kantata: the hours of a day, and what ties them to other systems.

import type { DayEntryFragment } from "./generated";
import { t } from "./messages";

export type DayEntry = DayEntryFragment;
export type Reference = DayEntry["externalReferences"][number];

/** What a conversion from or to Procore leaves on an entry (rule 4.4). */
const MARK = { serviceName: "procore_workforce_planning", serviceModel: "PersonDay" };

export function markOf({ externalReferences }: DayEntry): Reference | undefined {
  return externalReferences.find(
    ({ serviceName, serviceModel }) => serviceName === MARK.serviceName && serviceModel === MARK.serviceModel,
  );
}

/** What is to be known before they are changed or deleted: each once, however many it is about. */
export function remarksOn(entries: DayEntry[], what: "edit" | "delete"): string[] {
  const marks = entries.flatMap((entry) => markOf(entry) ?? []);
  const hours = marks.reduce((sum, { broughtHours }) => sum + broughtHours, 0);
  const locked = entries.flatMap(({ externalReferences }) => externalReferences.filter((each) => each.locked));
  return [
    ...(hours > 0 ? [t(what === "edit" ? "entry.broughtEdit" : "entry.broughtDelete", { hours })] : []),
    ...(marks.some(({ broughtHours }) => broughtHours === 0) ? [t("entry.copied")] : []),
    ...new Set(locked.map(({ serviceName }) => t("entry.locked", { service: serviceName }))),
  ];
}
