// How many workers of a company are to be free on a workday, and on which days fewer are.

import { type Choices, type Company, chosenIn } from "./choices";
import type { Day } from "./days";
import type { DaySum } from "./schedule";
import type { View } from "./view";

/**
 * The minimum of the company that is shown, if it is one alone and all of it is: of those who fit another
 * filter nobody has said how many are to be free.
 */
export function minimumOf(view: View, choices: Choices | undefined): number | undefined {
  return isFiltered(view) ? undefined : companyOf(view, choices)?.minimumWorkersAvailable ?? undefined;
}

/** The company whose minimum is not held because others than all of it are shown. */
export function notHeldOf(view: View, choices: Choices | undefined): { company: string; minimum: number } | undefined {
  const { name = "", minimumWorkersAvailable: minimum = null } = companyOf(view, choices) ?? {};
  return isFiltered(view) && minimum !== null ? { company: name, minimum } : undefined;
}

/** Whether several companies are shown, of which one has a minimum. */
export function isOneToBeChosen(view: View, choices: Choices | undefined): boolean {
  const hasMinimum = (choices?.companies ?? []).some((each) => each.minimumWorkersAvailable !== null);
  return hasMinimum && !view.company && !companyOf(view, choices);
}

function isFiltered({ name, roles, jobTitles }: View): boolean {
  return Boolean(name.trim()) || roles.length > 0 || jobTitles.length > 0;
}

function companyOf({ company }: View, choices: Choices | undefined): Company | undefined {
  const companies = choices?.companies ?? [];
  return company ? chosenIn(companies, company) : companies.length === 1 ? companies[0] : undefined;
}

/** A day on which most of the company works; a weekend on which a few do is none. */
function isWorkday({ peopleWorking, people }: DaySum): boolean {
  return peopleWorking * 2 > people;
}

export function isUndercut(sum: DaySum, minimum: number | undefined): boolean {
  return minimum !== undefined && isWorkday(sum) && sum.peopleFree < minimum;
}

/** How many may be off, some of them for a part of the day, for the minimum to hold; undefined where the day has none. */
export function mostOffOf(sum: DaySum, minimum: number | undefined): number | undefined {
  return minimum !== undefined && isWorkday(sum) ? Math.max(0, sum.peopleFree + sum.peopleOff - minimum) : undefined;
}

export function undercutDays(days: Day[], sums: DaySum[], minimum: number | undefined): Day[] {
  return days.filter((_, place) => {
    const sum = sums[place];
    return sum !== undefined && isUndercut(sum, minimum);
  });
}
