// Whose time off it is: found by typing a part of the name, as WAI-ARIA's combobox with a list does it.
//
// Downshift, because it is kept to that pattern (keys, focus, what a screen reader hears) by people who test it
// with them. What it needs of React is preact/compat, by the package alias that Preact has for this; it is 12 kB
// of the page, compressed.

import { type UseComboboxState, type UseComboboxStateChangeOptions, useCombobox } from "downshift";
import { useState } from "preact/hooks";
import { Field } from "./fields";
import { useFoundWorkers } from "./found-workers";
import { roleOf } from "./grid";
import { t } from "./messages";
import type { Worker } from "./schedule";
import type { Problem } from "./wish";

interface Properties {
  /** Those of the page. */
  workers: Worker[];
  /** Whether there is nobody else who could be chosen. */
  isEverybody: boolean;
  worker: Worker | undefined;
  problems: Problem[];
  onChange: (worker: Worker) => void;
}

export function WorkerField({ problems, ...others }: Properties) {
  return (
    <Field label={t("form.who")} place="worker" problems={problems}>
      <WorkerInput {...others} />
    </Field>
  );
}

type InputProperties = Omit<Properties, "problems"> & { id?: string };

function WorkerInput({ workers, isEverybody, worker, onChange, id = "", ...described }: InputProperties) {
  const [typed, setTyped] = useState("");
  const found = useFoundWorkers(typed, workers, isEverybody);
  const combobox = useCombobox<Worker>({
    items: found.workers,
    itemToString: nameOf,
    itemToKey: (each) => each?.id,
    selectedItem: worker ?? null,
    defaultHighlightedIndex: 0,
    inputId: id,
    // What it would say of the list is outside of the dialog, where nobody hears it.
    getA11yStatusMessage: () => "",
    stateReducer,
    onInputValueChange: ({ inputValue, selectedItem }) => setTyped(inputValue === nameOf(selectedItem ?? null) ? "" : inputValue),
    onSelectedItemChange: ({ selectedItem }) => selectedItem && onChange(selectedItem),
  });
  const { isOpen, highlightedIndex, getInputProps, getMenuProps, getItemProps } = combobox;
  const input = getInputProps({
    ...described,
    "aria-labelledby": undefined,
    placeholder: t("form.chooseWorker"),
    autoFocus: !worker,
    spellCheck: false,
    onKeyDown: (event) => {
      // Downshift keeps Escape to itself, in an open list and in a closed one, where it is the dialog's.
      if (event.key === "Escape" && !isOpen) Object.assign(event, { preventDownshiftDefault: true });
    },
    onFocus: ({ currentTarget }) => currentTarget.select(),
  });
  return (
    <div class="combobox">
      <input {...(input as object)} />
      <ul
        {...(getMenuProps({ "aria-label": t("worker.list"), "aria-labelledby": undefined }) as object)}
        hidden={!isOpen || found.workers.length === 0}
      >
        {isOpen &&
          found.workers.map((each, index) => (
            <li
              key={each.id}
              {...(getItemProps({ item: each, index }) as object)}
              class={index === highlightedIndex ? "highlighted" : undefined}
            >
              <b>{each.fullName}</b> <span>{[roleOf(each), each.company.name].filter(Boolean).join(" · ")}</span>
            </li>
          ))}
      </ul>
      <p class={found.workers.length > 0 ? "unseen" : "hint"} role="status">
        {isOpen && typed && (found.isAsking ? t("worker.searching") : t("worker.found", { count: found.workers.length }))}
      </p>
    </div>
  );
}

function nameOf(worker: Worker | null): string {
  return worker ? `${worker.fullName}, ${worker.company.name}` : "";
}

/** What is typed but chosen from nothing goes with the focus, and by Escape. */
function stateReducer(
  state: UseComboboxState<Worker>,
  { type, changes }: UseComboboxStateChangeOptions<Worker>,
): Partial<UseComboboxState<Worker>> {
  const { stateChangeTypes } = useCombobox;
  if (type === stateChangeTypes.InputKeyDownEscape) {
    return { ...state, isOpen: false, inputValue: nameOf(state.selectedItem) };
  }
  if (type === stateChangeTypes.InputBlur) {
    return { ...changes, inputValue: nameOf(changes.selectedItem ?? state.selectedItem) };
  }
  return changes;
}
