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

/** What is to be known before it is changed or deleted. */
export function remarksOn(entry: DayEntry, what: "edit" | "delete"): string[] {
  const locked = entry.externalReferences.filter((each) => each.locked);
  return [
    ...markInWords(markOf(entry), what),
    ...locked.map(({ serviceName }) => t("entry.locked", { service: serviceName })),
  ];
}

function markInWords(mark: Reference | undefined, what: "edit" | "delete"): string[] {
  if (!mark) return [];
  if (mark.broughtHours === 0) return [t("entry.copied")];
  return [t(what === "edit" ? "entry.broughtEdit" : "entry.broughtDelete", { hours: mark.broughtHours })];
}
