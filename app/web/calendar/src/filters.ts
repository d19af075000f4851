// Whose rows are shown: what of it the gateway is asked, and what the page does by itself.

import type { WorkerFilter } from "./generated";
import type { Row } from "./schedule";
import type { View } from "./view";

/** Whom the gateway is asked for. That only those off are shown is the page's: the sums are of all of them. */
export function filterOf({ name, roles, jobTitles, company }: View): WorkerFilter {
  return {
    ...(name.trim() && { name: name.trim() }),
    ...(roles.length > 0 && { roleIds: [...roles] }),
    ...(jobTitles.length > 0 && { jobTitles: [...jobTitles] }),
    ...(company && { companyId: company }),
  };
}

/** The rows to show, of all that are there. */
export function shownOf(rows: Row[], { onlyOff }: View): Row[] {
  return onlyOff ? rows.filter(isOff) : rows;
}

/** Also where no hours are left of what is recorded, as on a holiday: then a note says so. */
function isOff({ cells }: Row): boolean {
  return cells.some(({ hoursOff, told }) => hoursOff > 0 || told.notes.length > 0);
}

/** The same for what comes as a file. */
export function exported(asked: URLSearchParams, { name, roles, jobTitles, company, onlyOff }: View): URLSearchParams {
  if (company) asked.set("company", company);
  roles.forEach((role) => asked.append("role", role));
  jobTitles.forEach((title) => asked.append("job_title", title));
  if (name.trim()) asked.set("name", name.trim());
  if (onlyOff) asked.set("only_off", "true");
  return asked;
}

export function isFiltered({ name, roles, jobTitles, company, onlyOff }: View): boolean {
  return Boolean(name || roles.length || jobTitles.length || company || onlyOff);
}

/** The view without filters. */
export function unfiltered(view: View): View {
  return { ...view, name: "", roles: [], jobTitles: [], company: "", onlyOff: false };
}
