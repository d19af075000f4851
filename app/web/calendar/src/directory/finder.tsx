// Somebody who is found by a part of the name: an input with the list of those who are called so.
// By the pattern of the ARIA guide: the focus stays in the input, the arrows go through the list.

import { useEffect, useId, useState } from "preact/hooks";
import { t } from "../messages";

/** How long after the last key the gateway is asked. */
const TYPING_MILLISECONDS = 200;

export interface Found {
  id: string;
  name: string;
  /** What tells them apart from their namesakes. */
  facts: string;
}

interface Properties {
  find: (name: string) => Promise<Found[]>;
  chosen: Found | undefined;
  onChoose: (found: Found | undefined) => void;
  /** Those who are shown before anything is typed. */
  first?: Found[];
  // What the field around it says of the input.
  id?: string;
  "aria-invalid"?: boolean;
  "aria-describedby"?: string;
}

export function Finder({ find, chosen, onChoose, first = [], ...input }: Properties) {
  const list = useId();
  const [typed, setTyped] = useState(chosen?.name ?? "");
  const [found, setFound] = useState<Found[]>(first);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [isAnswered, setAnswered] = useState(false);
  useEffect(() => {
    if (chosen?.name === typed) return undefined;
    if (!typed.trim()) {
      setFound(first);
      setAnswered(false);
      return undefined;
    }
    let isOld = false;
    const timer = setTimeout(() => {
      void find(typed.trim()).then(
        (those) => {
          if (isOld) return;
          setFound(those);
          setAnswered(true);
          setActive(those.length ? 0 : -1);
        },
        () => undefined,
      );
    }, TYPING_MILLISECONDS);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [typed]);
  const choose = (one: Found) => {
    setTyped(one.name);
    setOpen(false);
    onChoose(one);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setOpen(true);
      if (found.length) setActive((active + step + found.length) % found.length);
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      const one = found[active];
      if (one) choose(one);
    } else if (event.key === "Escape" && isOpen) {
      // The list is closed, not the window that it stands in.
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    }
  };
  const isShown = isOpen && found.length > 0;
  return (
    <div class="finder">
      <input
        {...input}
        type="text"
        role="combobox"
        autocomplete="off"
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={list}
        aria-activedescendant={isShown && active >= 0 ? `${list}-${active}` : undefined}
        value={typed}
        onInput={({ currentTarget }) => {
          setTyped(currentTarget.value);
          setOpen(true);
          onChoose(undefined);
        }}
        onFocus={() => setOpen(!chosen)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <ul id={list} role="listbox" aria-label={t("toolbar.name")} hidden={!isShown}>
        {found.map((one, place) => (
          <li
            key={one.id}
            id={`${list}-${place}`}
            role="option"
            aria-selected={place === active}
            // Before the input loses the focus, by which the list would go.
            onPointerDown={(event) => {
              event.preventDefault();
              choose(one);
            }}
          >
            <b>{one.name}</b> {one.facts && <small>{one.facts}</small>}
          </li>
        ))}
      </ul>
      <p class="unseen" role="status">
        {isOpen && isAnswered ? t("link.found", { count: found.length }) : ""}
      </p>
      {isAnswered && found.length === 0 && <p class="hint">{t("link.found", { count: 0 })}</p>}
    </div>
  );
}
