// What is written here, and what the gateway says of it in the reader's words.

import type { AnyVariables, TypedDocumentNode } from "@urql/core";
import { mutate } from "../gateway";
import { isMessage, t } from "../messages";
import type { Problem } from "../wish";
import type { HintFragment, RefusalFragment } from "./generated";

export interface Saved {
  problems: Problem[];
  /** What deserves a look although it is stored, in words. */
  remarks: string[];
  /** Somebody has changed it after the version that was sent: nothing is stored. */
  isOvertaken: boolean;
  /** What it is by now, where the request asks for that. */
  current?: object | null;
}

interface Answered {
  userErrors: RefusalFragment[];
  warnings?: HintFragment[];
}

/** Carry it out; `pick` finds the payload. What is refused lies at the last name of its place. */
export async function save<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  pick: (data: Data) => Answered,
): Promise<Saved> {
  const { userErrors, warnings = [] } = pick(await mutate(document, variables));
  return {
    problems: userErrors.map(toProblem),
    remarks: [...new Set(warnings.map(({ code, message }) => inWords(`warning.${code}`, message)))],
    isOvertaken: userErrors.some(({ code }) => code === "CHANGED_SINCE"),
    current: userErrors.flatMap((each) => ("current" in each ? [each.current as object | null] : []))[0],
  };
}

/**
 * What was saved for the first time: where there is one already, nothing of it was written over. One that is as it was
 * sent is what was wished: most likely the answer to the request that stored it was lost.
 */
export function asNew(saved: Saved, isAsSent: (current: object) => boolean): Saved {
  if (!saved.isOvertaken) return saved;
  if (saved.current && isAsSent(saved.current)) return { problems: [], remarks: [], isOvertaken: false };
  return { problems: [{ place: "", message: t("directory.thereIsOne") }], remarks: [], isOvertaken: false };
}

export function isAlike<Fields extends object>(one: Fields, other: Fields): boolean {
  return (Object.keys(one) as (keyof Fields)[]).every((name) => one[name] === other[name]);
}

export function toProblem({ code, message, path }: RefusalFragment): Problem {
  return { place: path.at(-1) ?? "", message: inWords(`refusal.${code}`, message) };
}

/** In the gateway's own words where the page, which may be older, has none. */
function inWords(id: string, message: string): string {
  return isPlain(id) ? t(id) : message;
}

type Plain = "refusal.NOT_FOUND" | "refusal.INVALID_VALUE" | "refusal.NOT_PERMITTED" | "warning.EMAIL_SHARED";

function isPlain(id: string): id is Plain {
  return isMessage(id);
}

/** Without those that are not there. */
export function definedOf<Texts extends object>(texts: Texts): Partial<Texts> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)) as Partial<Texts>;
}

/** Texts that may be left empty, by their names. */
export function orNulls<Name extends string>(texts: { [each in Name]?: string }): { [each in Name]?: string | null } {
  const entries = Object.entries<string | undefined>(texts).map(([name, text]) => [name, orNull(text ?? "")]);
  return Object.fromEntries(entries) as { [each in Name]?: string | null };
}

/** A text that may be left empty: nothing stands for none. */
export function orNull(text: string): string | null {
  return text.trim() || null;
}
