// What is looked at, and how the address bar says it.

import { useEffect, useState } from "preact/hooks";
import { isDay, today } from "../days";
import { ADDRESSED } from "../language";
import type { KnownTo } from "./generated";

export const SECTIONS = ["people", "workweeks", "holidays", "companies"] as const;
export type Section = (typeof SECTIONS)[number];

export const KNOWN: readonly KnownTo[] = ["BOTH", "ONLY_KANTATA_OX", "ONLY_PROCORE_WORKFORCE_PLANNING"];

/** Who has left is not shown, or alone is. */
export const LEAVERS = ["no", "only"] as const;
export type Leavers = (typeof LEAVERS)[number];

export interface Place {
  section: Section;
  /** Of people. */
  name: string;
  known: KnownTo | "";
  leavers: Leavers | "";
  company: string;
  /** Of holidays. */
  year: number;
  /** Of workweeks: also those that hold no more. */
  past: boolean;
}

export function readPlace(search: string): Place {
  const said = new URLSearchParams(search);
  const year = said.get("year") ?? "";
  return {
    section: SECTIONS.find((each) => each === said.get("section")) ?? "people",
    name: said.get("name") ?? "",
    known: KNOWN.find((each) => each === said.get("known")) ?? "",
    leavers: LEAVERS.find((each) => each === said.get("leavers")) ?? "",
    company: said.get("company") ?? "",
    year: Number((isDay(`${year}-01-01`) ? year : today()).slice(0, 4)),
    past: said.get("past") === "1",
  };
}

/** Only what the section shows by; the rest waits for the section that does. */
export function addressOf({ section, name, known, leavers, company, year, past }: Place): string {
  const said = new URLSearchParams({ section });
  if (section === "people" && name) said.set("name", name);
  if (section === "people" && known) said.set("known", known);
  if (section === "people" && leavers) said.set("leavers", leavers);
  if (section === "holidays") said.set("year", String(year));
  if (section === "workweeks" && past) said.set("past", "1");
  if (section !== "companies" && company) said.set("company", company);
  return `?${said}`;
}

export type Go = (change: Partial<Place>, turn?: "step" | "replace") => void;

/** The place that the address bar names, and how to go to another. */
export function usePlace(): [Place, Go] {
  const [place, setPlace] = useState(() => readPlace(location.search));
  useEffect(() => {
    const back = () => setPlace(readPlace(location.search));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  const go: Go = (change, turn = "step") => {
    const next = { ...place, ...change };
    const address = withLanguage(addressOf(next));
    if (turn === "step") history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    setPlace(next);
  };
  return [place, go];
}

/** An address keeps the language that it asks for. */
export function withLanguage(address: string): string {
  return ADDRESSED ? `${address}&lang=${encodeURIComponent(ADDRESSED)}` : address;
}
