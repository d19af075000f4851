// Somebody of one of the two systems, found by a part of the name.

import { useEffect, useState } from "preact/hooks";
import { Combobox, type FieldProperties } from "../combobox";

/** How long after the last key the gateway is asked. */
const TYPING_MILLISECONDS = 200;

export interface Found {
  id: string;
  name: string;
  /** What tells them apart from their namesakes. */
  facts: string;
}

interface Properties extends FieldProperties {
  find: (name: string, signal: AbortSignal) => Promise<Found[]>;
  chosen: Found | undefined;
  onChoose: (found: Found) => void;
  /** Those who are shown before anything is typed. */
  first?: Found[];
  isFirst?: boolean;
}

export function Finder({ find, chosen, onChoose, first = [], ...field }: Properties) {
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState<{ name: string; found: Found[] }>({ name: "", found: [] });
  const name = typed.trim();
  useEffect(() => {
    if (!name) return undefined;
    const leaving = new AbortController();
    const timer = setTimeout(() => {
      find(name, leaving.signal).then(
        (found) => setAsked({ name, found }),
        () => leaving.signal.aborted || setAsked({ name, found: [] }),
      );
    }, TYPING_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [name]);
  const isAsking = name !== "" && asked.name !== name;
  // Who was found by the letters before may not be meant any more.
  const items = name ? (isAsking ? [] : asked.found) : first;
  return (
    <Combobox
      {...field}
      items={items}
      isAsking={isAsking}
      chosen={chosen}
      onChoose={onChoose}
      typed={name}
      onType={setTyped}
      keyOf={({ id }) => id}
      nameOf={(each) => each.name}
      wordsOf={(each) => each}
    />
  );
}
