// Workers by a part of their name: those of the page at once, and others once the gateway has found them.

import { useEffect, useMemo, useState } from "preact/hooks";
import { query } from "./gateway";
import { FindWorkersDocument } from "./generated";
import type { Worker } from "./schedule";

/** More than these nobody looks through: a longer part of the name finds fewer. */
const MOST = 20;
const TYPING_MILLISECONDS = 250;

export interface Found {
  workers: Worker[];
  isAsking: boolean;
}

/**
 * Those whose names have the text in them: first of the page's, then of all that the viewer may see. Where the page has
 * nobody, these are there before anything is typed.
 */
export function useFoundWorkers(typed: string, ofPage: Worker[], isEverybody: boolean): Found {
  const name = typed.trim();
  const [asked, setAsked] = useState<{ name: string | undefined; workers: Worker[] }>({ name: undefined, workers: [] });
  const isWanted = !isEverybody && (name !== "" || ofPage.length === 0);
  useEffect(() => {
    if (!isWanted || name === asked.name) return undefined;
    const leaving = new AbortController();
    const timer = setTimeout(() => {
      query(FindWorkersDocument, { name: name || null, most: MOST }, leaving.signal).then(
        (answer) => setAsked({ name, workers: answer.workers.nodes }),
        // Who is on the page can be chosen all the same.
        () => leaving.signal.aborted || setAsked({ name, workers: [] }),
      );
    }, TYPING_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [name, isWanted]);
  const workers = useMemo(() => {
    const plain = plainOf(name);
    const own = ofPage.filter(({ fullName }) => plainOf(fullName).includes(plain));
    const there = new Set(own.map(({ id }) => id));
    const others = asked.name === name ? asked.workers.filter(({ id }) => !there.has(id)) : [];
    return [...own.slice(0, MOST), ...others].slice(0, MOST);
  }, [name, ofPage, asked]);
  return { workers, isAsking: isWanted && asked.name !== name };
}

/** Without case and accents, as the gateway compares names. */
function plainOf(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
