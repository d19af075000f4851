// The companies and roles that the calendar can be narrowed down to.

import { useCallback, useEffect, useState } from "preact/hooks";
import { query } from "./gateway";
import { ChoicesDocument, type ChoicesQuery, JobTitlesDocument } from "./generated";

/** As many as a page may have; more are not to be chosen here, but may well be there. */
const MOST = 500;

export type Company = ChoicesQuery["companies"]["nodes"][number];
export type Choice = Pick<Company, "id" | "sourceId" | "name">;

export interface Choices {
  companies: Company[];
  roles: ChoicesQuery["roles"]["nodes"];
}

/**
 * The roles and companies to choose from; the calendar works without them. They are read anew when somebody comes
 * back to the page, as from the one on which they are changed, and by the second function.
 */
export function useChoices(): [Choices | undefined, () => void] {
  const [choices, setChoices] = useState<Choices>();
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  useEffect(() => {
    const look = () => document.hidden || again();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  useEffect(() => {
    const leaving = new AbortController();
    query(ChoicesDocument, { most: MOST }, leaving.signal).then(
      ({ companies, roles }) => setChoices({ companies: companies.nodes, roles: roles.nodes }),
      () => undefined,
    );
    return () => leaving.abort();
  }, [turn]);
  return [choices, again];
}

/** The job titles of a company, or of all where none is chosen; none as long as they are not known. */
export function useJobTitles(company: string, choices: Choices | undefined): string[] {
  const [jobTitles, setJobTitles] = useState<string[]>([]);
  const isThere = !isGone(choices?.companies, company);
  useEffect(() => {
    if (!isThere) return undefined;
    const leaving = new AbortController();
    query(JobTitlesDocument, { company: company || null }, leaving.signal).then(
      (answer) => setJobTitles(answer.jobTitles),
      () => leaving.signal.aborted || setJobTitles([]),
    );
    return () => leaving.abort();
  }, [company, isThere]);
  return jobTitles;
}

/** What an address names, by the gateway's id or by the source system's. */
export function chosenIn<Named extends Choice>(choices: readonly Named[], id: string): Named | undefined {
  return choices.find((each) => each.id === id || each.sourceId === id);
}

/** Whether an address names one that is not there, or not any more. */
export function isGone(choices: readonly Choice[] | undefined, id: string): boolean {
  return id !== "" && choices !== undefined && choices.length < MOST && !chosenIn(choices, id);
}
