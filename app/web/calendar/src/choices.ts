// The companies and roles that the calendar can be narrowed down to.

import { useEffect, useState } from "preact/hooks";
import { query } from "./gateway";
import { ChoicesDocument, type ChoicesQuery } from "./generated";

/** As many as a page may have; more are not to be chosen here, but may well be there. */
const MOST = 500;

export type Company = ChoicesQuery["companies"]["nodes"][number];
export type Choice = Pick<Company, "id" | "sourceId" | "name">;

export interface Choices {
  companies: Company[];
  roles: ChoicesQuery["roles"]["nodes"];
  jobTitles: string[];
}

/** The roles and companies to choose from; the calendar works without them. */
export function useChoices(): Choices | undefined {
  const [choices, setChoices] = useState<Choices>();
  useEffect(() => {
    const leaving = new AbortController();
    query(ChoicesDocument, { most: MOST }, leaving.signal).then(
      ({ companies, roles, jobTitles }) => setChoices({ companies: companies.nodes, roles: roles.nodes, jobTitles }),
      () => undefined,
    );
    return () => leaving.abort();
  }, []);
  return choices;
}

/** What an address names, by the gateway's id or by the source system's. */
export function chosenIn<Named extends Choice>(choices: readonly Named[], id: string): Named | undefined {
  return choices.find((each) => each.id === id || each.sourceId === id);
}

/** Whether an address names one that is not there, or not any more. */
export function isGone(choices: readonly Choice[] | undefined, id: string): boolean {
  return id !== "" && choices !== undefined && choices.length < MOST && !chosenIn(choices, id);
}
