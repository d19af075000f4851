// A choice of several: a button that opens a list of checkboxes.
//
// Libraries for this in Preact bring React's and weigh more than the rest of the page; a disclosure with
// native checkboxes is what screen readers and phones know best.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "./messages";

/** Of more options than these one is found by typing. */
const MANY = 8;

export interface Option {
  id: string;
  name: string;
}

interface Properties {
  label: string;
  /** What it says with nothing chosen. */
  all: string;
  /** What it says with so many chosen. */
  many: (count: number) => string;
  options: readonly Option[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

export function Several({ label, all, many, options, chosen, onChange }: Properties) {
  const [isOpen, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useId();
  useEffect(() => (isOpen && place.current ? closeOutside(place.current, () => setOpen(false)) : undefined), [isOpen]);
  const names = options.filter(({ id }) => chosen.includes(id)).map(({ name }) => name);
  const shown = chosen.length === 0 ? all : names.length === 1 && chosen.length === 1 ? names[0] : many(chosen.length);
  // Whoever says what stands on the button means it, and who does not see it hears which they are.
  const heard = names.length > 1 ? [shown, ...names].join(", ") : (shown ?? "");
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !isOpen) return;
    event.preventDefault();
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div class="several" ref={place} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        aria-label={t("several.label", { label, chosen: heard })}
        aria-expanded={isOpen}
        aria-controls={isOpen ? list : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        <span>{shown}</span>
      </button>
      {isOpen && <Options id={list} label={label} options={options} chosen={chosen} onChange={onChange} />}
    </div>
  );
}

type OptionsProperties = Pick<Properties, "label" | "options" | "chosen" | "onChange"> & { id: string };

function Options({ id, label, options, chosen, onChange }: OptionsProperties) {
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLocaleLowerCase();
  const shown = options.filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
  const known = new Set(options.map((option) => option.id));
  const unknown = chosen.filter((each) => !known.has(each));
  const check = (option: string, isChecked: boolean) =>
    onChange(isChecked ? [...chosen, option] : chosen.filter((each) => each !== option));
  return (
    <div class="several-list" id={id} role="group" aria-label={label}>
      {options.length > MANY && (
        <input
          type="search"
          aria-label={t("several.findIn", { label })}
          placeholder={t("several.find")}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      )}
      {[...shown, ...unknown.map((each) => ({ id: each, name: t("toolbar.notListed") }))].map((option) => (
        <label key={option.id} class="check">
          <input
            type="checkbox"
            checked={chosen.includes(option.id)}
            onChange={({ currentTarget }) => check(option.id, currentTarget.checked)}
          />
          <span>{option.name}</span>
        </label>
      ))}
      {shown.length === 0 && <p>{t("several.nothing")}</p>}
      <button type="button" disabled={chosen.length === 0} onClick={() => onChange([])}>
        {t("several.clear")}
      </button>
    </div>
  );
}

/** Close when something else is pressed, or gets the focus. Returns how to stop. */
function closeOutside(place: HTMLElement, close: () => void): () => void {
  const look = ({ target }: Event) => {
    if (target instanceof Node && target !== document && !place.contains(target)) close();
  };
  addEventListener("pointerdown", look);
  addEventListener("focusin", look);
  return () => {
    removeEventListener("pointerdown", look);
    removeEventListener("focusin", look);
  };
}
